import { setImmediate as rest } from 'node:timers/promises'
import type { OperatorDemand, OperatorMap, OperatorSessions } from '../../config/protocol/operator.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Prices } from '../placement/pricing.ts'
import type { Prior } from '../placement/prior.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { DemandStore } from '../store/demandStore.ts'
import type { StoredSession } from '../store/store.ts'
import { planCapacity } from './adviceView.ts'
import { type Book, openBook, rememberedHours } from './book.ts'
import { demandRows, forecastsOf, pastOf } from './demandView.ts'
import { type Cell, parseCell } from './cells.ts'
import { gather } from './gather.ts'
import { keptFor } from './kept.ts'
import { mapView } from './mapView.ts'
import { hourOf } from './peaks.ts'
import { sessionsView } from './sessionsView.ts'

export interface OperatorContext {
  readonly fleet: { online(): readonly NodeSnapshot[] }
  readonly sessions: { all(): readonly StoredSession[] }
  readonly catalogue: Pick<Catalogue, 'find' | 'of'>
  readonly prior: Pick<Prior, 'lookup'>
  readonly prices: Prices
  readonly store: DemandStore
  readonly clock: Clock
  readonly log: Log
}

/** Keeps count of who is served from where, and answers the operator's questions. */
export interface Operator {
  /** A session was asked for from this address; only its coarse place is kept. */
  asked(sessionId: string, ip: string): void
  /** About where the player of an open session is; null: nobody knows. */
  placeOf(sessionId: string): Pick<Cell, 'country' | 'lat' | 'lon'> | null
  map(): Promise<OperatorMap>
  demand(): Promise<OperatorDemand>
  sessions(): OperatorSessions
  /** Writes down what is still in memory. */
  close(): Promise<void>
}

/** Places of the last day say where demand is. */
const placesOfHours = 24
const mostPlaces = 100
/** Many windows may ask; forecasts and plans cost tens of milliseconds of solving. */
const good = { mapMs: 2_000, demandMs: 30_000, forecastMs: 600_000 } as const

export async function openOperator(context: OperatorContext): Promise<Operator> {
  const { fleet, sessions, catalogue, prior, prices, store, clock, log } = context
  const look = () =>
    gather(
      {
        nodes: fleet.online(),
        sessions: sessions.all(),
        title: (titleId) => catalogue.find(titleId),
        cellOf: (sessionId) => book.cellOf(sessionId),
      },
      clock.now(),
      rest,
    )
  const book: Book = await openBook({ store, prior, clock, log, look, openSessions: () => sessions.all() })

  const map = keptFor(good.mapMs, clock, async () => mapView(await look(), prices))
  const outlook = keptFor(good.forecastMs, clock, async () => {
    const thisHour = hourOf(clock.now())
    const past = pastOf(await store.hours(thisHour - rememberedHours), thisHour)
    return { past, forecasts: await forecastsOf(past, rest) }
  })
  const demand = keptFor(good.demandMs, clock, async (): Promise<OperatorDemand> => {
    const { past, forecasts } = await outlook()
    const facts = await look()
    const rows = demandRows(facts, past, forecasts)
    const places = await store.places(past.thisHour - placesOfHours, mostPlaces)
    const { advice, plannedForMs } = planCapacity(rows, facts.sites, places)
    return {
      atMs: facts.atMs,
      rows: [...rows],
      advice: [...advice],
      plannedForMs,
      hoursKnown: past.counted.length,
    }
  })
  return {
    asked: (sessionId, ip) => book.asked(sessionId, ip),
    placeOf(sessionId) {
      const { country, lat, lon } = parseCell(book.cellOf(sessionId) ?? '') ?? {}
      return country === undefined || lat === undefined || lon === undefined ? null : { country, lat, lon }
    },
    map,
    demand,
    sessions: () =>
      sessionsView(sessions.all(), (session) => catalogue.of(session)?.name ?? null, clock.now()),
    close: () => book.close(),
  }
}
