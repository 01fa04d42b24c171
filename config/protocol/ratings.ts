import * as z from 'zod/mini'
import { timeMs } from './ids.ts'

/**
 * What players think of publishers' titles: one rating of a player and a title.
 *
 *   GET    /api/titles/:titleId/rating?session=…         OwnRating
 *   PUT    /api/titles/:titleId/rating                   NewRating → OwnRating; rating-needs-play for whoever has not played it
 *   DELETE /api/titles/:titleId/rating                   OwnRating
 *   GET    /api/orgs/:orgId/titles/:titleId/ratings      TitleRatings: stats:read in the organisation
 */
export const mostStars = 5
export const mostRatingChars = 500
/** Of one session, before somebody is asked or may rate. */
export const leastPlayedMs = 60_000
/** Fewer are no mean that others should go by. */
export const leastRatings = 5

const stars = z.int().check(z.gte(1), z.lte(mostStars))

export const newRating = z.strictObject({
  stars,
  /** Plain, for the publisher alone. */
  text: z.optional(z.string().check(z.maxLength(mostRatingChars))),
})
export type NewRating = z.infer<typeof newRating>

export const ownRating = z.object({
  /** They have played it, and its publisher hears of what they think. */
  may: z.boolean(),
  /** The session that was named is over and was long enough to be asked about. */
  ask: z.boolean(),
  mine: z.nullable(z.object({ stars, text: z.nullable(z.string()), atMs: timeMs })),
})
export type OwnRating = z.infer<typeof ownRating>

/** On a title's card, once enough players rated it. */
export const cardRating = z.object({ mean: z.number(), players: z.int() })
export type CardRating = z.infer<typeof cardRating>

export const titleRatings = z.object({
  players: z.int(),
  /** Null while nobody rated it. */
  mean: z.nullable(z.number()),
  /** How many gave one star, two, and so on. */
  byStars: z.array(z.int()),
  /** With words, newest first; nothing of who wrote them. */
  texts: z.array(z.object({ stars, text: z.string(), version: z.string(), atMs: timeMs })),
})
export type TitleRatings = z.infer<typeof titleRatings>
