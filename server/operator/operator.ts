import type { OperatorDemand, OperatorMap } from '../../config/protocol/operator.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Prior } from '../placement/prior.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { DemandStore } from '../store/demandStore.ts'
import type { StoredSession } from '../store/store.ts'
import { planCapacity } from './adviceView.ts'
import { cellOf } from './cells.ts'
import { demandRows } from './demandView.ts'
import type { NetworkFacts } from './facts.ts'
import { gather } from './gather.ts'
import { mapView } from './mapView.ts'
import { hourOf, noPeaks, parseDemandKey, type Peaks, raised } from './peaks.ts'

export interface OperatorContext {
  readonly fleet: { online(): readonly NodeSnapshot[] }
  readonly sessions: { all(): readonly StoredSession[] }
  readonly catalogue: { find(titleId: string): Pick<TitleManifest, 'display'> | null }
  readonly prior: Pick<Prior, 'lookup'>
  readonly store: DemandStore
  readonly clock: Clock
  readonly log: Log
}

/** Keeps count of who is served from where, and answers the operator's questions. */
export interface Operator {
  /** A session was asked for from this address; only its coarse place is kept. */
  asked(sessionId: string, ip: string): void
  map(): OperatorMap
  demand(): Promise<OperatorDemand>
  /** Writes down what is still in memory. */
  close(): Promise<void>
}

const lookEveryMs = 15_000
/** Looks between two writes. */
const writeEvery = 4
/** The same weekday and hour, six times over. */
const rememberHours = 6 * 7 * 24
/** Places of the last day say where demand is. */
const placesOfHours = 24
const mostPlaces = 100
/** The map may be asked for by many windows; the plan costs some milliseconds of solving. */
const mapGoodMs = 1_000
const demandGoodMs = 30_000

export async function openOperator(context: OperatorContext): Promise<Operator> {
  const { fleet, sessions, catalogue, prior, store, clock, log } = context
  const cells = new Map((await store.sessions()).map(({ sessionId, placeId }) => [sessionId, placeId]))
  const unwritten = new Set<string>()
  const asking = new Set<Promise<void>>()
  let peaks: Peaks = noPeaks(hourOf(clock.now()))
  let looks = 0
  let writing: Promise<void> = Promise.resolve()
  let cancelLook = (): void => {}
  let lastMap: OperatorMap | null = null
  let lastDemand: { readonly atMs: number; readonly answer: Promise<OperatorDemand> } | null = null
  let isClosed = false

  const look = (): NetworkFacts =>
    gather(
      {
        nodes: fleet.online(),
        sessions: sessions.all(),
        title: (titleId) => catalogue.find(titleId),
        cellOf: (sessionId) => cells.get(sessionId) ?? null,
      },
      clock.now(),
    )

  function lookLater(): void {
    cancelLook = clock.after(lookEveryMs, () => {
      const facts = look()
      // The last look of an hour is written before the next hour's peaks take its place.
      const turns = hourOf(facts.atMs) !== peaks.hour
      if (turns) write(peaks)
      peaks = raised(peaks, facts)
      looks += 1
      if (looks % writeEvery === 0) write(peaks)
      lookLater()
    })
  }

  function write(of: Peaks): void {
    writing = writing
      .then(() => writeDown(of))
      .catch((cause: unknown) => log.error({ err: cause }, 'demand could not be noted'))
  }

  async function writeDown({ hour, wanted, places }: Peaks): Promise<void> {
    const live = new Set(sessions.all().map(({ id }) => id))
    const gone = [...cells.keys()].filter((sessionId) => !live.has(sessionId) && !unwritten.has(sessionId))
    for (const sessionId of gone) cells.delete(sessionId)
    const added = [...unwritten]
    unwritten.clear()
    await store.raise(
      hour,
      [...wanted].map(([key, peak]) => ({ ...parseDemandKey(key), peak })),
      [...places].map(([placeId, peak]) => ({ placeId, peak })),
    )
    if (added.length > 0)
      await store.putSessions(added.map((sessionId) => ({ sessionId, placeId: cells.get(sessionId) ?? '' })))
    if (gone.length > 0) await store.dropSessions(gone)
    if (hour % 24 === 0) await store.forget(hour - rememberHours)
  }

  async function plan(): Promise<OperatorDemand> {
    const facts = look()
    const thisHour = hourOf(facts.atMs)
    const hours = await store.hours(thisHour - rememberHours)
    const rows = demandRows(facts, hours)
    const places = await store.places(thisHour - placesOfHours, mostPlaces)
    return {
      atMs: facts.atMs,
      rows: [...rows],
      ...copied(planCapacity(rows, facts.sites, places)),
      hoursKnown: new Set(hours.map(({ hour }) => hour)).size,
    }
  }

  lookLater()
  return {
    asked(sessionId, ip) {
      const asked = prior.lookup(ip).then((place) => {
        if (place === null || isClosed) return
        cells.set(sessionId, cellOf(place).id)
        unwritten.add(sessionId)
      })
      const done = asked
        .catch((cause: unknown) => log.warn({ err: cause }, 'a place could not be looked up'))
        .finally(() => asking.delete(done))
      asking.add(done)
    },
    map() {
      if (lastMap === null || clock.now() - lastMap.atMs >= mapGoodMs) lastMap = mapView(look())
      return lastMap
    },
    demand() {
      if (lastDemand === null || clock.now() - lastDemand.atMs >= demandGoodMs) {
        const answer = plan()
        lastDemand = { atMs: clock.now(), answer }
        // A failure is told to who asked, and not kept.
        answer.catch(() => {
          lastDemand = null
        })
      }
      return lastDemand.answer
    },
    async close() {
      isClosed = true
      cancelLook()
      await Promise.all(asking)
      write(raised(peaks, look()))
      await writing
    },
  }
}

const copied = ({ advice, plannedForMs }: ReturnType<typeof planCapacity>) => ({
  advice: [...advice],
  plannedForMs,
})
