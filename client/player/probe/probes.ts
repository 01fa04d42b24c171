import * as z from 'zod/mini'
import { decodeText } from '../../../config/protocol/decode.ts'
import {
  type ProbeResult,
  type ProbeTarget,
  probeResult,
  udpIsBlocked,
} from '../../../config/protocol/placement.ts'
import { probeAll } from './measure.ts'
import { probeResultOf } from './samples.ts'

export interface ProbeSources {
  /** Whom to measure first. */
  targets(): Promise<readonly ProbeTarget[]>
  /** Whom next, given everything measured so far; [] when enough is known. */
  more(results: readonly ProbeResult[]): Promise<readonly ProbeTarget[]>
  /** Round trips to the router over a WebSocket, ms; [] where not even that gets through. */
  echo(): Promise<readonly number[]>
  /** In place of the browser's own, for tests. */
  readonly measure?: (targets: readonly ProbeTarget[]) => Promise<readonly ProbeResult[]>
}

const key = 'nearcade.probes.v2'
const freshMs = 120_000
/** What is older may be of another network. */
const keptMs = 600_000
const lookEveryMs = 10_000
/** A page that has just begun is busy with itself, and so may the machine be: the lowest figures of a few looks are the path's. */
const nextLookMs = 2_500
const mostLooks = 6
/** Minima that differ by less are the same. */
const settledMs = 3
/** Samples of one look that differ by more were made on a busy machine or path. */
const calmMs = 10
/** Play waits no longer than this for measurements that have only begun. */
const patienceMs = 600
/** The router stops asking after two; whatever it asks then is too much. */
const mostRounds = 3
/** What a session's request takes. */
const mostResults = 64

const measurement = z.extend(probeResult, { siteName: z.string() })
type Measurement = z.infer<typeof measurement>
const resultOf = ({ nodeId, rttMs, jitterMs, samples, via }: Measurement): ProbeResult => ({
  nodeId,
  rttMs,
  jitterMs,
  samples,
  via,
})

const stored = z.object({ atMs: z.number(), results: z.array(measurement) })

/**
 * Measures in the background and remembers for the pages of this tab, so that a click on Play finds figures ready. Where UDP reaches
 * nothing at all, it says instead how far the router is over WebSocket, and that this was so.
 */
export class Probes {
  readonly #sources: ProbeSources
  #measured: readonly Measurement[] = []
  #atMs = Number.NEGATIVE_INFINITY
  #running: Promise<void> | null = null
  #firstRound: Promise<void> = Promise.resolve()

  constructor(sources: ProbeSources) {
    this.#sources = sources
    const kept = recall()
    if (kept === null) return
    this.#measured = kept.results
    this.#atMs = kept.atMs
  }

  /**
   * Measures now unless fresh figures are there, twice at least and until a calm look finds the nearest no nearer; and again whenever the
   * figures have aged or the network is another one, while somebody looks at the page.
   * @param isWanted false while it would only disturb, e.g. a game
   * @param onChange there are figures, or newer ones
   */
  keepFresh(isWanted: () => boolean, onChange: () => void = () => {}): void {
    const isWatched = (): boolean => document.visibilityState === 'visible' && isWanted()
    const lookAgain = (look: number): void => {
      if (!isWatched() || this.#isStale()) return
      const before = this.#nearest
      void this.refine().then(() => {
        onChange()
        if (!isSettled(before, this.#nearest) && look < mostLooks) setTimeout(lookAgain, nextLookMs, look + 1)
      })
    }
    const look = (): void => {
      if (!isWatched() || !this.#isStale()) return
      void this.refresh().then(() => {
        onChange()
        setTimeout(lookAgain, nextLookMs, 2)
      })
    }
    if (!this.#isStale()) onChange()
    look()
    setInterval(look, lookEveryMs)
    document.addEventListener('visibilitychange', look)
    window.addEventListener('online', () => {
      this.#measured = []
      this.#atMs = Number.NEGATIVE_INFINITY
      look()
    })
  }

  /** Measures now. Never rejects. */
  refresh(): Promise<void> {
    return this.#run([])
  }

  /** Measures the same ones again and keeps the lower figures. Never rejects. */
  refine(): Promise<void> {
    return this.#run(this.#measured)
  }

  #run(before: readonly Measurement[]): Promise<void> {
    this.#running ??= this.#measure(before).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  get results(): readonly ProbeResult[] {
    return this.#measured.map(resultOf)
  }

  /** The nearest of those that answered. */
  get nearest(): { readonly siteName: string; readonly rttMs: number } | null {
    const best = this.#nearest
    return best === null ? null : { siteName: best.siteName, rttMs: best.rttMs }
  }

  get #nearest(): (Measurement & { readonly rttMs: number }) | null {
    let best: (Measurement & { readonly rttMs: number }) | null = null
    for (const one of this.#measured) {
      const { rttMs, via } = one
      if (via === 'stun' && rttMs !== null && (best === null || rttMs < best.rttMs)) best = { ...one, rttMs }
    }
    return best
  }

  /** What is known now, or soon. */
  async ready(): Promise<readonly ProbeResult[]> {
    if (this.#isStale() && this.#running !== null)
      await Promise.race([this.#firstRound, new Promise((resolve) => setTimeout(resolve, patienceMs))])
    return this.results.slice(0, mostResults)
  }

  #isStale(): boolean {
    const ageMs = Date.now() - this.#atMs
    return !(ageMs >= 0 && ageMs < freshMs)
  }

  async #measure(before: readonly Measurement[]): Promise<void> {
    let onFirst = (): void => {}
    this.#firstRound = new Promise((resolve) => {
      onFirst = resolve
    })
    try {
      const all = await this.#rounds(onFirst)
      const lowest = lower(before, all)
      this.#keep(udpIsBlocked(lowest) ? await this.#overWebSocket(lowest) : lowest)
    } catch {
      // Without measurements the router places by what it knows itself.
    } finally {
      onFirst()
    }
  }

  async #rounds(onFirst: () => void): Promise<readonly Measurement[]> {
    const { measure = probeAll, more } = this.#sources
    const all: Measurement[] = []
    let targets = await this.#sources.targets()
    for (let round = 0; round < mostRounds && targets.length > 0; round += 1) {
      const names = new Map(targets.map(({ nodeId, siteName }) => [nodeId, siteName]))
      for (const result of await measure(targets))
        all.push({ ...result, siteName: names.get(result.nodeId) ?? '' })
      if (udpIsBlocked(all)) break
      // Half a picture is better than none for somebody who is in a hurry.
      if (this.#isStale()) this.#measured = [...all]
      onFirst()
      const known = new Set(all.map(({ nodeId }) => nodeId))
      const next = await more(all.map(resultOf)).catch(() => [])
      targets = next.filter(({ nodeId }) => !known.has(nodeId))
    }
    return all
  }

  async #overWebSocket(silent: readonly Measurement[]): Promise<readonly Measurement[]> {
    const samples = await this.#sources.echo()
    if (samples.length === 0) return silent
    return silent.map(({ nodeId, siteName }) => ({
      ...probeResultOf(nodeId, samples, 'websocket'),
      siteName,
    }))
  }

  #keep(results: readonly Measurement[]): void {
    this.#measured = results
    this.#atMs = Date.now()
    remember({ atMs: this.#atMs, results: [...results] })
  }
}

/** Whether another look would find the same: this one found the nearest no nearer than the one before, and its samples agree. */
export function isSettled(
  before: Pick<ProbeResult, 'rttMs'> | null,
  after: Pick<ProbeResult, 'rttMs' | 'jitterMs'> | null,
): boolean {
  const [beforeMs, afterMs] = [before, after].map((one) => one?.rttMs ?? Number.POSITIVE_INFINITY)
  return (afterMs ?? 0) >= (beforeMs ?? 0) - settledMs && (after?.jitterMs ?? 0) <= calmMs
}

/** Of two rounds on one network: queues only ever add to a path. */
function lower(before: readonly Measurement[], after: readonly Measurement[]): readonly Measurement[] {
  const earlier = new Map(before.map((one) => [one.nodeId, one]))
  const seen = new Set(after.map(({ nodeId }) => nodeId))
  const best = after.map((one) => {
    const other = earlier.get(one.nodeId)
    if (other === undefined || other.rttMs === null || other.via !== one.via) return one
    return one.rttMs === null || other.rttMs < one.rttMs ? other : one
  })
  return [...best, ...before.filter(({ nodeId }) => !seen.has(nodeId))]
}

function recall(): z.infer<typeof stored> | null {
  try {
    const decoded = decodeText(stored, sessionStorage.getItem(key) ?? '')
    if (!decoded.ok) return null
    const ageMs = Date.now() - decoded.value.atMs
    return ageMs >= 0 && ageMs < keptMs ? decoded.value : null
  } catch {
    return null
  }
}

function remember(kept: z.infer<typeof stored>): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept))
  } catch {
    // Blocked storage: the next page measures again.
  }
}
