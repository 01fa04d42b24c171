import * as z from 'zod/mini'
import { type ProbeResult, type ProbeTarget, probeResult } from '../../../config/protocol/placement.ts'
import { decodeText } from '../../../config/protocol/decode.ts'
import { probeAll } from './measure.ts'
import { probeResultOf } from './samples.ts'

const key = 'nearcade.probes.v1'
const freshMs = 120_000
/** Play never waits longer for measurements than this. */
const patienceMs = 400

const stored = z.object({ atMs: z.number(), results: z.array(probeResult) })

/** Measures in the background and remembers for the pages of this tab, so that a click on Play finds figures ready. */
export class Probes {
  #results: readonly ProbeResult[] = []
  #running: Promise<void> | null = null
  #targets: () => Promise<readonly ProbeTarget[]>
  #routerRttMs: () => number | null

  /** @param routerRttMs what to say of nodes that UDP does not reach: the socket's round trip to the router, if known */
  constructor(targets: () => Promise<readonly ProbeTarget[]>, routerRttMs: () => number | null) {
    this.#targets = targets
    this.#routerRttMs = routerRttMs
    this.#results = recall()
  }

  /** Starts measuring unless fresh figures are there. */
  start(): void {
    if (this.#results.length === 0) void this.refresh()
  }

  refresh(): Promise<void> {
    this.#running ??= this.#measure().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  get results(): readonly ProbeResult[] {
    return this.#results
  }

  /** What is known now, or soon. */
  async ready(): Promise<readonly ProbeResult[]> {
    if (this.#results.length === 0 && this.#running !== null)
      await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, patienceMs))])
    return this.#results.slice(0, 64)
  }

  async #measure(): Promise<void> {
    try {
      const measured = await probeAll(await this.#targets())
      this.#results = measured.map((result) => (result.rttMs === null ? this.#fallback(result) : result))
      remember(this.#results)
    } catch {
      // Without measurements the router places by what it knows itself.
    }
  }

  #fallback(result: ProbeResult): ProbeResult {
    const rttMs = this.#routerRttMs()
    return rttMs === null ? result : probeResultOf(result.nodeId, [rttMs], 'websocket')
  }
}

function recall(): readonly ProbeResult[] {
  try {
    const decoded = decodeText(stored, sessionStorage.getItem(key) ?? '')
    return decoded.ok && Date.now() - decoded.value.atMs < freshMs ? decoded.value.results : []
  } catch {
    return []
  }
}

function remember(results: readonly ProbeResult[]): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ atMs: Date.now(), results }))
  } catch {
    // Blocked storage: the next page measures again.
  }
}
