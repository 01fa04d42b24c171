import * as z from 'zod/mini'
import { id, timeMs, titleId } from './ids.ts'

/**
 * Seats that are held back for a publisher's title, from a time to a time.
 *
 *   GET    /api/orgs/:orgId/events                                EventList: those to come first, then the latest that are over   titles:read
 *   GET    /api/orgs/:orgId/events/room?titleId&fromMs&toMs       EventRoom: what can be booked where, then                       titles:read
 *   POST   /api/orgs/:orgId/events                                NewEvent → EventView 201, or 200 for a repeated idempotencyKey  titles:publish
 *   GET    /api/orgs/:orgId/events/:eventId                       EventView                                                       titles:read
 *   PATCH  /api/orgs/:orgId/events/:eventId                       EventChange → EventView                                         titles:publish
 *   DELETE /api/orgs/:orgId/events/:eventId                       EventView: called off, its seats are everybody's again          titles:publish
 *   GET    /api/operator/events                                   OperatorEvents: all that are not over
 *   DELETE /api/operator/events/:eventId                          OperatorEvents
 */
const seats = z.int().check(z.gte(1), z.lte(10_000))
const count = z.int().check(z.gte(0))
const name = z.string().check(z.minLength(1), z.maxLength(80))
const siteId = z.string().check(z.minLength(1), z.maxLength(200))
/** How long a seat may wait for somebody before it is everybody's. */
const giveBackAfterMs = z.nullable(z.int().check(z.gte(60_000), z.lte(86_400_000)))

/** Of the event's link. */
export const eventToken = z.string().check(z.regex(/^[A-Za-z0-9_-]{24}$/))

/** Who gets its seats: whoever plays the title; of these, whoever has the event's link; whom the publisher's backend sends. */
export const eventEntry = z.enum(['title', 'link', 'launch'])
export type EventEntry = z.infer<typeof eventEntry>

export const eventWhere = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sites'),
    sites: z.array(z.strictObject({ siteId, seats })).check(z.minLength(1), z.maxLength(100)),
  }),
  /** Shared among the sites of these regions by what can be booked there. */
  z.strictObject({
    kind: z.literal('regions'),
    regions: z.array(name).check(z.minLength(1), z.maxLength(20)),
    seats,
  }),
  /** Shared among all sites by where the title was played lately. */
  z.strictObject({ kind: z.literal('players'), seats }),
])
export type EventWhere = z.infer<typeof eventWhere>

export const newEvent = z.strictObject({
  /** Same key, same booking. */
  idempotencyKey: id,
  titleId,
  name,
  fromMs: timeMs,
  toMs: timeMs,
  where: eventWhere,
  entry: z._default(eventEntry, 'title'),
  /** Null: unused seats are kept until the end. */
  giveBackAfterMs: z._default(giveBackAfterMs, null),
})
export type NewEvent = z.input<typeof newEvent>

export const eventChange = z.strictObject({
  name: z.optional(name),
  /** Of one that has not begun. */
  fromMs: z.optional(timeMs),
  toMs: z.optional(timeMs),
  /** Fewer than before: the others are everybody's from now on. */
  seats: z.optional(count),
  giveBackAfterMs: z.optional(giveBackAfterMs),
})
export type EventChange = z.infer<typeof eventChange>

export const eventState = z.enum(['booked', 'warming', 'held', 'over', 'cancelled'])
export type EventState = z.infer<typeof eventState>

const eventSite = z.object({
  siteId,
  siteName: z.string(),
  /** Booked, and not given back. */
  seats: count,
  givenBack: count,
  /** Of these: on nodes that are there and have the title installed. */
  ready: count,
  /** Of these: free and held back, or taken by players of the event. */
  holding: count,
  used: count,
})

export const eventView = z.object({
  eventId: id,
  titleId,
  name: z.string(),
  fromMs: timeMs,
  toMs: timeMs,
  /** From then on the title is installed and kept ready there. */
  warmFromMs: timeMs,
  entry: eventEntry,
  /** With `entry: link`: `/play/<titleId>?event=<token>`; else null. */
  linkToken: z.nullable(eventToken),
  giveBackAfterMs: z.nullable(z.number()),
  state: eventState,
  /** Nobody can play the title now: it is withdrawn or not live, and nothing is held for it meanwhile. */
  isWithoutTitle: z.boolean(),
  /** As booked. */
  seats: count,
  givenBack: count,
  ready: count,
  holding: count,
  used: count,
  /** Who had one of its seats, so far. */
  players: count,
  /** Most of its seats in use at once, so far. */
  mostUsed: count,
  sites: z.array(eventSite),
  createdAtMs: timeMs,
  createdBy: z.string(),
  cancelled: z.nullable(z.object({ atMs: timeMs, by: z.enum(['publisher', 'operator']) })),
})
export type EventView = z.infer<typeof eventView>

export const eventLimits = z.object({
  mostAheadMs: z.number(),
  mostLengthMs: z.number(),
  mostOpen: count,
  /** Of a site's seats, for all bookings of one time together. */
  sharePercent: count,
  warmUpMs: z.number(),
})
export type EventLimits = z.infer<typeof eventLimits>

export const eventList = z.object({ events: z.array(eventView), limits: eventLimits })
export type EventList = z.infer<typeof eventList>

const roomSite = z.object({
  siteId,
  siteName: z.string(),
  region: z.string(),
  /** On nodes that are there now and may run the title. */
  seats: count,
  /** In the whole time that was asked about. */
  bookable: count,
  /** Booked by anybody, in that time. */
  taken: z.array(z.object({ fromMs: timeMs, toMs: timeMs, seats: count })),
  /** Plays of the title there in the last four weeks. */
  plays: count,
})
export type RoomSite = z.infer<typeof roomSite>
export const eventRoom = z.object({ sites: z.array(roomSite) })
export type EventRoom = z.infer<typeof eventRoom>

export const operatorEvents = z.object({
  atMs: timeMs,
  events: z.array(z.object({ orgId: id, event: eventView })),
})
export type OperatorEvents = z.infer<typeof operatorEvents>
