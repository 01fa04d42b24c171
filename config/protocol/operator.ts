import * as z from 'zod/mini'

/**
 * The operator's API, behind `Authorization: Bearer <NEARCADE_OPERATOR_TOKEN>`; without that setting there is nothing here.
 *
 *   GET /api/operator/map             OperatorMap: what is where, now
 *   GET /api/operator/demand          OperatorDemand: by region and class, with the hours before and after
 *   GET /api/operator/sessions        OperatorSessions: who plays or waits, newest first
 *   GET /api/operator/events          seats that are booked (config/protocol/events.ts)
 *   GET /api/sessions/:id/placement   PlacementReport of anybody's session
 *
 * People appear as counts at places rounded to whole degrees, never as addresses. Lists are bounded; what was left out is counted.
 */
const latitude = z.number().check(z.gte(-90), z.lte(90))
const longitude = z.number().check(z.gte(-180), z.lte(180))
const count = z.int().check(z.gte(0))

export const operatorSite = z.object({
  siteId: z.string(),
  name: z.string(),
  /** Both null where the nodes do not say. */
  lat: z.nullable(latitude),
  lon: z.nullable(longitude),
  region: z.string(),
  nodes: count,
  /** Nodes that take nobody new. */
  draining: count,
  /** Of nodes that take players, and all that are in use. */
  seats: count,
  seatsUsed: count,
  /** What a seat here saves players who are expected, ms of their ways; null while too few have asked to tell. */
  seatPriceMs: z.nullable(z.number()),
})
export type OperatorSite = z.infer<typeof operatorSite>

/** Where players are: a cell of one degree by one. */
export const operatorPlace = z.object({
  placeId: z.string(),
  /** ISO 3166-1. */
  country: z.string(),
  lat: latitude,
  lon: longitude,
  sessions: count,
  waiting: count,
})
export type OperatorPlace = z.infer<typeof operatorPlace>

export const servedFrom = z.object({
  /** Null: players of whom nobody knows the place. */
  placeId: z.nullable(z.string()),
  siteId: z.string(),
  sessions: count,
  /** Mean of the round trips they were placed by; null while none is known. */
  rttMs: z.nullable(z.number()),
})
export type ServedFrom = z.infer<typeof servedFrom>

export const operatorQueue = z.object({
  region: z.string(),
  class: z.string(),
  waiting: count,
  /** How long the first in line has waited. */
  longestMs: z.number(),
})

export const operatorMap = z.object({
  atMs: z.number(),
  sites: z.array(operatorSite),
  places: z.array(operatorPlace),
  served: z.array(servedFrom),
  queues: z.array(operatorQueue),
  leftOut: z.object({ sites: count, places: count, served: count }),
})
export type OperatorMap = z.infer<typeof operatorMap>

export const operatorSession = z.object({
  sessionId: z.string(),
  titleName: z.string(),
  state: z.string(),
  createdAtMs: z.number(),
  /** Where it plays or has a seat; null while it has none. */
  siteName: z.nullable(z.string()),
  /** The round trip that it was placed by; null while none is known. */
  rttMs: z.nullable(z.number()),
  /** Why it is there, or why nowhere yet; null before the first decision. */
  inWords: z.nullable(z.string()),
})
export type OperatorSession = z.infer<typeof operatorSession>

export const operatorSessions = z.object({
  atMs: z.number(),
  sessions: z.array(operatorSession),
  leftOut: count,
})
export type OperatorSessions = z.infer<typeof operatorSessions>

/** Peaks of one hour, in seats. */
const pastHour = z.object({ atMs: z.number(), wanted: z.number() })
const comingHour = z.object({
  atMs: z.number(),
  expected: z.number(),
  /** Four hours in five stay between these. */
  low: z.number(),
  high: z.number(),
  /** `tight`: the seats do for what is expected, not for the upper end. */
  state: z.enum(['enough', 'tight', 'short']),
})

export const demandRow = z.object({
  region: z.string(),
  /** Which seats would do: `720p60`. A seat that can do several counts in each. */
  class: z.string(),
  seats: count,
  playing: count,
  waiting: count,
  /** The hours before this one, oldest first; an hour of which nothing is known is left out. */
  past: z.array(pastHour),
  /** From this hour on; empty while nothing is known. */
  coming: z.array(comingHour),
  /** Seats missing at the worst of the coming hours' upper ends. */
  missing: count,
})
export type DemandRow = z.infer<typeof demandRow>

export const capacityAdvice = z.object({
  /** Null: a new site at this place. */
  siteId: z.nullable(z.string()),
  name: z.nullable(z.string()),
  country: z.nullable(z.string()),
  lat: z.nullable(latitude),
  lon: z.nullable(longitude),
  seats: count,
  /** What all players together would wait less in an hour such as the one planned for. */
  savedQueueMinutesPerHour: z.number(),
  /** Of the mean round trip of all. */
  savedRttMs: z.number(),
})
export type CapacityAdvice = z.infer<typeof capacityAdvice>

export const operatorDemand = z.object({
  atMs: z.number(),
  rows: z.array(demandRow),
  /** The most useful first. */
  advice: z.array(capacityAdvice),
  /** The hour that the advice is for, the fullest of those to come; null: it is for now, as nothing else is known. */
  plannedForMs: z.nullable(z.number()),
  /** Hours on record. */
  hoursKnown: count,
})
export type OperatorDemand = z.infer<typeof operatorDemand>
