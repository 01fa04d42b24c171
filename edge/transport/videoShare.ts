/** RTP headers and extensions: some 30 bytes of 1200. */
const HEADER_SHARE = 0.975
/** Repairs and protection may come in bursts: what they took in the last second is not all taken from the picture's next. */
const MAX_EXTRA_SHARE = 0.5

export interface Sending {
  readonly audioBps: number
  readonly repairBps: number
  readonly protectionBps: number
  readonly videoBps: number
}

/** What encoded video may take of `targetBps`, given what everything took lately. */
export function videoShareBps(targetBps: number, sending: Sending): number {
  const left = Math.max(0, targetBps - sending.audioBps)
  const withExtras = sending.videoBps + sending.repairBps + sending.protectionBps
  const extraShare =
    withExtras === 0 ? 0 : Math.min(MAX_EXTRA_SHARE, (sending.repairBps + sending.protectionBps) / withExtras)
  return left * (1 - extraShare) * HEADER_SHARE
}
