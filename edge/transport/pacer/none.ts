import type { Pacer, PacerOptions } from './pacer.ts'

/** No pacing: everything leaves at once, in the order in which it comes. Nothing is ever dropped, nothing probed. */
export function createNoPacer(options: Pick<PacerOptions, 'nowMs'>): Pacer {
  return {
    push(packets) {
      const nowMs = options.nowMs()
      for (const packet of packets) packet.send(nowMs, null)
    },
    setRate() {},
    probe() {},
    queuedBytes: 0,
    queuedMs: 0,
    close() {},
  }
}
