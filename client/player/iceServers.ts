import type { IceServers } from '../../config/protocol/ice.ts'

/** Credentials with less than this left would not outlive the next restart. */
const marginMs = 60_000
/** Without an answer, direct paths are tried alone; asked again after this. */
const retryMs = 5_000
/** An offer does not wait longer than this for relays. */
const patienceMs = 1_500

/** Keeps the relays that the router names, with credentials that are still good. Never fails: most paths need no relay. */
export class IceServerCache {
  readonly #ask: () => Promise<IceServers>
  readonly #nowMs: () => number
  #asked: Promise<void> | null = null
  #known: readonly RTCIceServer[] = []
  /** When to ask again, on `nowMs`'s clock. */
  #dueAtMs = -Infinity

  constructor(ask: () => Promise<IceServers>, nowMs = () => performance.now()) {
    this.#ask = ask
    this.#nowMs = nowMs
    this.refresh()
  }

  /** What is known at this moment. */
  get known(): RTCIceServer[] {
    return [...this.#known]
  }

  /** Asks if it is time to. */
  refresh(): void {
    if (this.#asked !== null || this.#nowMs() < this.#dueAtMs) return
    this.#asked = this.#ask()
      .then(
        ({ iceServers, lifetimeMs }) => {
          this.#known = iceServers
          this.#dueAtMs =
            lifetimeMs === null ? Infinity : this.#nowMs() + Math.max(retryMs, lifetimeMs - marginMs)
        },
        () => {
          this.#dueAtMs = this.#nowMs() + retryMs
        },
      )
      .finally(() => {
        this.#asked = null
      })
  }

  /** The relays for an offer that is about to be made. */
  async forOffer(): Promise<RTCIceServer[]> {
    this.refresh()
    const asked = this.#asked
    if (asked !== null) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs)
      })
      await Promise.race([asked, patience])
      clearTimeout(timer)
    }
    return this.known
  }
}
