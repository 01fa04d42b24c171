/** What an encoder whose rate is fixed while it is open was opened for. */
export interface OpenedRate {
  readonly bitrateBps: number
  /** Of the first picture; on the pictures' clock. */
  readonly atUs: number
}

/** Smaller changes than this are not worth the keyframe that opening anew costs. */
const LOWER_BY = 0.1
const RAISE_BY = 0.25
/** Too much is sent until the rate is lowered; too little only looks worse. */
const LOWER_SPACING_US = 400_000
const RAISE_SPACING_US = 4_000_000

/**
 * Whether to open anew for this rate before the picture at `nowUs`. libvpx and SVT-AV1 keep the rate that FFmpeg opened them with
 * (measured with FFmpeg 8: 6 Mbit/s asked down to 1.5 went on at 6), so a rate controller's every step would cost a keyframe.
 */
export function reopenDue(opened: OpenedRate, wantedBps: number, nowUs: number): boolean {
  const change = wantedBps / opened.bitrateBps - 1
  const sinceUs = nowUs - opened.atUs
  if (change <= -LOWER_BY) return sinceUs >= LOWER_SPACING_US
  return change >= RAISE_BY && sinceUs >= RAISE_SPACING_US
}
