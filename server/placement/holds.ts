/** Seats of a site that are held back for one event, as one player meets them. */
export interface SiteHold {
  /** What its players play (`titleKey`): only nodes with it have seats for them. */
  readonly key: string
  /** Those that nobody of the event sits on yet. */
  readonly seats: number
  readonly untilMs: number
  /** The player is of the event and may take one of them. */
  readonly isOwn: boolean
}

/** By site; `[]` where nothing is held. */
export type HeldAt = (siteId: string) => readonly SiteHold[]

/** Until when the free seats of nodes with these titles are held back from the player; null: one of them can be had. */
export type HeldSite = (titles: Titles) => number | null

interface Titles {
  has(key: string): boolean
}

/** Nodes of a site that have the same titles. */
interface Supply {
  readonly capability: { readonly titles: Titles }
  readonly seatsFree: number
}

/**
 * A seat may be taken when all events together can still have as many of the free seats as before, whoever gets which. Events and kinds of
 * nodes are the two sides of a flow, so that two events that want the same nodes, or partly the same, are never counted one without the
 * other; where seats are missing already, what there is stays theirs.
 */
export function heldSite(holds: readonly SiteHold[], supplies: readonly Supply[]): HeldSite {
  const [first] = holds
  return first !== undefined && holds.length === 1 ? heldForOne(first, supplies) : heldForAll(holds, supplies)
}

/** The same for one event alone, as it mostly is: decisions pass here for many sites. */
function heldForOne({ key, seats, untilMs, isOwn }: SiteHold, supplies: readonly Supply[]): HeldSite {
  let free = 0
  for (const { capability, seatsFree } of supplies) if (capability.titles.has(key)) free += seatsFree
  const isHeld = !isOwn && seats > 0 && free <= seats
  return (titles) => (isHeld && titles.has(key) ? untilMs : null)
}

function heldForAll(holds: readonly SiteHold[], supplies: readonly Supply[]): HeldSite {
  const kindOf = (titles: Titles): number =>
    holds.reduce((kind, { key }, at) => (titles.has(key) ? kind | (1 << at) : kind), 0)
  const free = new Map<number, number>()
  for (const { capability, seatsFree } of supplies) {
    const kind = kindOf(capability.titles)
    free.set(kind, (free.get(kind) ?? 0) + seatsFree)
  }
  const seats = holds.map((hold) => hold.seats)
  const all = keepable(seats, free)
  const known = new Map<number, number | null>()

  function judge(kind: number): number | null {
    const less = new Map(free).set(kind, (free.get(kind) ?? 0) - 1)
    if (kind === 0 || keepable(seats, less) === all) return null
    // Who is of an event takes a seat of what is held for it.
    for (const [at, { isOwn, seats: left }] of holds.entries())
      if (isOwn && left > 0 && keepable(seats.with(at, left - 1), less) >= all - 1) return null
    const untils = holds.flatMap(({ untilMs, seats: left }, at) =>
      left > 0 && (kind & (1 << at)) !== 0 ? [untilMs] : [],
    )
    return Math.min(...untils)
  }

  return (titles) => {
    const kind = kindOf(titles)
    const before = known.get(kind)
    if (before !== undefined) return before
    const verdict = judge(kind)
    known.set(kind, verdict)
    return verdict
  }
}

/** Events that may hold seats of one site at one time: what is kept for them is looked through by all their subsets. */
export const mostHolds = 8

/**
 * How many of the wanted seats there are: the largest flow, as the smallest cut (Ford and Fulkerson, Maximal flow through a network, 1956).
 * @param seats wanted, by event
 * @param free seats, by the events (as bits) that they would do for
 */
export function keepable(seats: readonly number[], free: ReadonlyMap<number, number>): number {
  let least = Number.POSITIVE_INFINITY
  for (let cut = 0; cut < 1 << seats.length; cut += 1) {
    let sum = 0
    for (const [at, count] of seats.entries()) if ((cut & (1 << at)) === 0) sum += count
    for (const [kind, count] of free) if ((kind & cut) !== 0) sum += count
    least = Math.min(least, sum)
  }
  return least
}
