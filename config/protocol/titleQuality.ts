import * as z from 'zod/mini'

/**
 * How sessions of a title played, from what their players' pages measured (config/protocol/playQuality.ts). Every session counts once,
 * however much was done in it: p50 is the median of the sessions' medians, p95 the median of what one in twenty of their inputs was
 * slower than. So one page that lies moves neither by much.
 */
const figures = {
  /** Sessions that were measured: those of players who left at once, and of browsers that say nothing, were not. */
  measured: z.int(),
  /** Click-to-photon; null while no session saw enough inputs. */
  clickP50Ms: z.nullable(z.number()),
  clickP95Ms: z.nullable(z.number()),
  framesShown: z.number(),
  framesDropped: z.number(),
  /** Mean of a frame. */
  decodeMs: z.nullable(z.number()),
  /** Stalls, and how long the picture stood still in them. */
  freezes: z.number(),
  frozenMs: z.number(),
  /** That the measured sessions were looked at. */
  seenMinutes: z.number(),
}
const total = z.object(figures)
export type QualityFigures = z.infer<typeof total>

const day = z.object({ day: z.string(), ...figures })

/**
 * Where players are, by their addresses: a cell of one degree by one (about 110 km), or what is left of a country, or neither. A place
 * stands for itself only when at least `leastPlayers` different players played from there: what is fewer would tell of a person.
 */
export const leastPlayers = 5
const region = z.object({
  /** ISO 3166-1; '' elsewhere: places with too few players, and players whose place nobody knows. */
  country: z.string(),
  /** The cell. Null: what is left of the country, or elsewhere. */
  cell: z.nullable(z.object({ lat: z.int(), lon: z.int() })),
  /** Where to draw it: the cell, or the middle of those who play in the rest of the country; null elsewhere. */
  at: z.nullable(z.object({ lat: z.number(), lon: z.number() })),
  plays: z.int(),
  ...figures,
  /** Days on which at least as many different players played from there. */
  days: z.array(day),
})
export type RegionQuality = z.infer<typeof region>

export const titleQuality = z.object({
  total,
  days: z.array(day),
  /** Most plays first, elsewhere last. */
  regions: z.array(region),
})
export type TitleQuality = z.infer<typeof titleQuality>
