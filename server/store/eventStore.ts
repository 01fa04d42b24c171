import type { BookedEvent } from '../events/event.ts'

/** Bookings of seats. Those who book and change are decided one after the other, so that no seat is booked twice. */
export interface EventStore {
  /**
   * Adds a booking, unless its organisation has used its idempotency key before: then that booking is returned.
   * @param complete says what is to be written, from all that are open beside it; it throws where nothing may be
   */
  book(
    wish: Pick<BookedEvent, 'orgId' | 'idempotencyKey'>,
    nowMs: number,
    complete: (open: readonly BookedEvent[]) => BookedEvent,
  ): Promise<{ readonly event: BookedEvent; readonly isNew: boolean }>
  /**
   * Puts what `edit` makes of it in its place.
   * @param edit throws where that may not be; `open`: all others that are. Null: there is no such booking
   */
  change(
    eventId: string,
    nowMs: number,
    edit: (event: BookedEvent, open: readonly BookedEvent[]) => BookedEvent,
  ): Promise<BookedEvent | null>
  find(eventId: string): Promise<BookedEvent | null>
  /** Not over and not called off, the first to begin first. */
  open(nowMs: number): Promise<readonly BookedEvent[]>
  /** Of one organisation, over or called off, the latest first. */
  past(orgId: string, nowMs: number, most: number): Promise<readonly BookedEvent[]>
  /** Notes what has come of it so far. */
  note(event: Pick<BookedEvent, 'id' | 'sites' | 'players' | 'mostUsed'>): Promise<void>
}
