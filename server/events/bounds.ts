import { NearcadeError } from '../../config/errors.ts'
import type { EventChange, EventLimits } from '../../config/protocol/events.ts'
import { type BookedEvent, keptSeats, seatsLeft } from './event.ts'
import { bookable, type SiteRoom } from './room.ts'

/** A request takes a moment to come, and clocks differ a little. */
const lateMs = 60_000
const leastMs = 5 * 60_000
const dayMs = 86_400_000
const hourMs = 3_600_000

type Span = Pick<BookedEvent, 'fromMs' | 'toMs'>

/** @throws NearcadeError event-refused with everything that is wrong */
export function demandSpan({ fromMs, toMs }: Span, limits: EventLimits, nowMs: number, begun = false): void {
  const { mostAheadMs, mostLengthMs } = limits
  const faults = [
    !begun && fromMs < nowMs - lateMs ? 'fromMs: is over already' : null,
    fromMs > nowMs + mostAheadMs
      ? `fromMs: may be at most ${Math.round(mostAheadMs / dayMs)} days ahead`
      : null,
    toMs <= nowMs ? 'toMs: is over already' : null,
    toMs - fromMs < leastMs ? 'toMs: must be at least 5 minutes after fromMs' : null,
    toMs - fromMs > mostLengthMs
      ? `toMs: may be at most ${Math.round(mostLengthMs / hourMs)} hours after fromMs`
      : null,
  ].filter((fault) => fault !== null)
  if (faults.length > 0) throw new NearcadeError('event-refused', faults)
}

/** @throws NearcadeError event-no-room where a site has fewer than the event would have there */
function demandRoom(
  event: BookedEvent,
  rooms: readonly SiteRoom[],
  others: readonly BookedEvent[],
  limits: { readonly sharePercent: number; readonly nowMs: number },
): void {
  const faults = event.sites.flatMap((site) => {
    const room = rooms.find(({ siteId }) => siteId === site.siteId)
    const most = room === undefined ? 0 : bookable(room, others, event, limits)
    return most < seatsLeft(site) ? [`${site.siteName}: ${most} can be booked in all of this time`] : []
  })
  if (faults.length > 0) throw new NearcadeError('event-no-room', faults)
}

/**
 * The event with other times and another name. More time needs room; less needs none.
 * @throws NearcadeError event-over, event-refused, event-no-room
 */
export function changed(
  event: BookedEvent,
  change: EventChange,
  others: readonly BookedEvent[],
  { rooms, limits, nowMs }: { rooms: readonly SiteRoom[]; limits: EventLimits; nowMs: number },
): BookedEvent {
  if (event.cancelled !== null || nowMs >= event.toMs) throw new NearcadeError('event-over')
  const { fromMs = event.fromMs, toMs = event.toMs, seats = keptSeats(event) } = change
  const begun = nowMs >= event.fromMs
  if (begun && fromMs !== event.fromMs)
    throw new NearcadeError('event-refused', ['fromMs: the event has begun'])
  if (seats < 1 || seats > keptSeats(event))
    throw new NearcadeError('event-refused', [
      `seats: may become fewer than ${keptSeats(event)}, but for none cancel it; for more make another booking`,
    ])
  const next = {
    ...event,
    fromMs,
    toMs,
    name: change.name ?? event.name,
    giveBackAfterMs: change.giveBackAfterMs === undefined ? event.giveBackAfterMs : change.giveBackAfterMs,
  }
  if (fromMs !== event.fromMs || toMs !== event.toMs) demandSpan(next, limits, nowMs, begun)
  if (fromMs < event.fromMs || toMs > event.toMs)
    demandRoom(next, rooms, others, { sharePercent: limits.sharePercent, nowMs })
  return next
}
