/** The stage that spreads a frame's packets over time, so that a fast node does not overrun a slow link's queue. */
export interface Pacer {
  /** Sends at once or in bursts; calls `done` after the last packet. A new frame goes behind what still waits. */
  send(packets: readonly Buffer[], write: (payload: Buffer, last: boolean) => void, done: () => void): void
  close(): void
}

/** Everything at once: right on a clean path, and the least delay. */
export function createNoPacer(): Pacer {
  return {
    send(packets, write, done) {
      packets.forEach((payload, index) => write(payload, index === packets.length - 1))
      done()
    },
    close() {},
  }
}

interface Waiting {
  readonly payload: Buffer
  readonly last: boolean
  readonly write: (payload: Buffer, last: boolean) => void
  readonly done: () => void
}

/** `burstPackets` now, the same again every `everyMs`: 20 packets each 2 ms carry 94 Mbit/s. */
export function createBurstPacer(options: { burstPackets: number; everyMs: number }): Pacer {
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | null = null

  function burst(): void {
    for (const { payload, last, write, done } of waiting.splice(0, options.burstPackets)) {
      write(payload, last)
      if (last) done()
    }
    timer = waiting.length > 0 ? setTimeout(burst, options.everyMs) : null
  }

  return {
    send(packets, write, done) {
      packets.forEach((payload, index) => {
        waiting.push({ payload, last: index === packets.length - 1, write, done })
      })
      if (timer === null) burst()
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      waiting.length = 0
    },
  }
}
