import {
  type EventChange,
  type EventList,
  eventList,
  type EventRoom,
  eventRoom,
  type EventView,
  eventView,
  type NewEvent,
} from '../../config/protocol/events.ts'
import { call } from '../ui/api.ts'

export interface EventsApi {
  list(titleId: string): Promise<EventList>
  /** What can be booked where in all of this time. */
  room(titleId: string, fromMs: number, toMs: number): Promise<EventRoom>
  book(event: NewEvent): Promise<EventView>
  change(eventId: string, change: EventChange): Promise<EventView>
  cancel(eventId: string): Promise<EventView>
}

export function eventsApi(orgId: string): EventsApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}/events`
  const of = (eventId: string): string => `${at}/${encodeURIComponent(eventId)}`
  return {
    list: (titleId) => call(eventList, 'GET', `${at}?titleId=${encodeURIComponent(titleId)}`),
    room: (titleId, fromMs, toMs) => {
      const query = new URLSearchParams({ titleId, fromMs: String(fromMs), toMs: String(toMs) })
      return call(eventRoom, 'GET', `${at}/room?${query}`)
    },
    book: (event) => call(eventView, 'POST', at, { body: event }),
    change: (eventId, change) => call(eventView, 'PATCH', of(eventId), { body: change }),
    cancel: (eventId) => call(eventView, 'DELETE', of(eventId)),
  }
}
