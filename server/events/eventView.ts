import type { EventState, EventView } from '../../config/protocol/events.ts'
import { keepable } from '../placement/holds.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import { type BookedEvent, bookedSeats, seatsLeft } from './event.ts'
import type { RunningHold, Running } from './running.ts'

export interface ViewContext {
  readonly running: Pick<Running, 'at' | 'holdsAt'>
  /** Nodes of a site that have this version of a title. */
  readonly nodesAt: (siteId: string, key: string) => readonly NodeSnapshot[]
  /** What players of the title get (`titleKey`); null: nothing. */
  readonly keyOf: (titleId: string) => string | null
  readonly nowMs: number
  readonly warmUpMs: number
}

export function eventView(event: BookedEvent, context: ViewContext): EventView {
  const { nowMs, warmUpMs } = context
  const { id, titleId, name, fromMs, toMs, entry, token, giveBackAfterMs } = event
  const key = context.keyOf(titleId)
  const sites = event.sites.map((site) => siteView(event, site, key, context))
  const sum = (of: (site: (typeof sites)[number]) => number): number =>
    sites.reduce((total, site) => total + of(site), 0)
  return {
    eventId: id,
    titleId,
    name,
    fromMs,
    toMs,
    warmFromMs: fromMs - warmUpMs,
    entry,
    linkToken: entry === 'link' ? token : null,
    giveBackAfterMs,
    state: stateOf(event, nowMs, warmUpMs),
    isWithoutTitle: key === null,
    seats: bookedSeats(event),
    givenBack: sum(({ givenBack }) => givenBack),
    ready: sum(({ ready }) => ready),
    holding: sum(({ holding }) => holding),
    used: sum(({ used }) => used),
    players: event.players,
    mostUsed: event.mostUsed,
    sites,
    createdAtMs: event.createdAtMs,
    createdBy: event.createdBy,
    cancelled: event.cancelled,
  }
}

function stateOf({ fromMs, toMs, cancelled }: BookedEvent, nowMs: number, warmUpMs: number): EventState {
  if (cancelled !== null) return 'cancelled'
  if (nowMs >= toMs) return 'over'
  if (nowMs >= fromMs) return 'held'
  return nowMs >= fromMs - warmUpMs ? 'warming' : 'booked'
}

function siteView(
  event: BookedEvent,
  site: BookedEvent['sites'][number],
  key: string | null,
  { running, nodesAt }: ViewContext,
): EventView['sites'][number] {
  const { siteId, siteName, givenBack } = site
  const left = seatsLeft(site)
  const nodes = key === null ? [] : nodesAt(siteId, key).filter(({ draining }) => !draining)
  const seats = nodes.reduce((sum, node) => sum + node.seats, 0)
  const used = Math.min(left, running.at(event.id, siteId)?.used ?? 0)
  return {
    siteId,
    siteName,
    seats: left,
    givenBack,
    ready: Math.min(left, seats),
    used,
    holding: used + heldBack(event.id, running.holdsAt(siteId), (one) => nodesAt(siteId, one)),
  }
}

/** Free seats that are this event's: what it adds to those of the events that were booked before it. */
function heldBack(
  eventId: string,
  holds: readonly RunningHold[],
  nodesWith: (key: string) => readonly NodeSnapshot[],
): number {
  const at = holds.findIndex(({ event }) => event.id === eventId)
  if (at < 0) return 0
  const kinds = new Map<NodeSnapshot, number>()
  for (const [index, { key }] of holds.entries())
    for (const node of nodesWith(key))
      if (!node.draining) kinds.set(node, (kinds.get(node) ?? 0) | (1 << index))
  const free = new Map<number, number>()
  for (const [{ seatsFree }, kind] of kinds) free.set(kind, (free.get(kind) ?? 0) + seatsFree)
  const idle = (most: number): number[] => holds.map(({ count }, index) => (index < most ? count.idle : 0))
  return keepable(idle(at + 1), free) - keepable(idle(at), free)
}
