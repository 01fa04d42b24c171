import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Prior } from '../placement/prior.ts'
import type { DemandStore } from '../store/demandStore.ts'
import { cellOf } from './cells.ts'
import { type NetworkFacts, parseDemandKey } from './facts.ts'
import { hourOf, noPeaks, type Peaks, raised } from './peaks.ts'

export interface BookContext {
  readonly store: DemandStore
  readonly prior: Pick<Prior, 'lookup'>
  readonly clock: Clock
  readonly log: Log
  /** A look at the network as it is now. */
  look(): Promise<NetworkFacts>
  openSessions(): readonly { readonly id: string }[]
}

/** Writes down what was wanted where, hour by hour, and remembers where the players of open sessions are. */
export interface Book {
  /** Where the player of a session is, coarsely; null: nobody knows. */
  cellOf(sessionId: string): string | null
  /** A session was asked for from this address. */
  asked(sessionId: string, ip: string): void
  /** Looks a last time and writes down what is still in memory. */
  close(): Promise<void>
}

const lookEveryMs = 15_000
/** Looks between two writes. */
const writeEvery = 4
/** The same weekday and hour, six times over. */
export const rememberedHours = 6 * 7 * 24

export async function openBook({ store, prior, clock, log, look, openSessions }: BookContext): Promise<Book> {
  const cells = new Map((await store.sessions()).map(({ sessionId, placeId }) => [sessionId, placeId]))
  const unwritten = new Set<string>()
  const work = new Set<Promise<void>>()
  let peaks: Peaks = noPeaks(hourOf(clock.now()))
  let looks = 0
  let writing: Promise<void> = Promise.resolve()
  let cancelLook = (): void => {}

  function background(task: Promise<void>, trouble: string): void {
    const done: Promise<void> = task
      .catch((cause: unknown) => log.error({ err: cause }, trouble))
      .finally(() => work.delete(done))
    work.add(done)
  }

  function lookLater(): void {
    cancelLook = clock.after(lookEveryMs, () => {
      lookLater()
      background(lookNow(), 'demand could not be counted')
    })
  }

  async function lookNow(): Promise<void> {
    const facts = await look()
    // The last look of an hour is written before the next hour's peaks take its place.
    if (hourOf(facts.atMs) !== peaks.hour) write(peaks)
    peaks = raised(peaks, facts)
    looks += 1
    if (looks % writeEvery === 0) write(peaks)
  }

  function write(of: Peaks): void {
    writing = writing
      .then(() => writeDown(of))
      .catch((cause: unknown) => log.error({ err: cause }, 'demand could not be noted'))
  }

  async function writeDown({ hour, wanted, places }: Peaks): Promise<void> {
    const open = new Set(openSessions().map(({ id }) => id))
    const gone = [...cells.keys()].filter((sessionId) => !open.has(sessionId) && !unwritten.has(sessionId))
    for (const sessionId of gone) cells.delete(sessionId)
    const added = [...unwritten].flatMap((sessionId) => {
      const placeId = cells.get(sessionId)
      return placeId === undefined ? [] : [{ sessionId, placeId }]
    })
    unwritten.clear()
    await store.raise(
      hour,
      [...wanted].map(([key, peak]) => ({ ...parseDemandKey(key), peak })),
      [...places].map(([placeId, peak]) => ({ placeId, peak })),
    )
    await store.putSessions(added)
    await store.dropSessions(gone)
    if (hour % 24 === 0) await store.forget(hour - rememberedHours)
  }

  async function locate(sessionId: string, ip: string): Promise<void> {
    const place = await prior.lookup(ip)
    if (place === null) return
    cells.set(sessionId, cellOf(place).id)
    unwritten.add(sessionId)
  }

  lookLater()
  return {
    cellOf: (sessionId) => cells.get(sessionId) ?? null,
    asked(sessionId, ip) {
      background(locate(sessionId, ip), 'a place could not be looked up')
    },
    async close() {
      cancelLook()
      await Promise.all(work)
      await lookNow()
      write(peaks)
      await writing
    },
  }
}
