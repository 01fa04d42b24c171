/** A seat that somebody sits on. */
export interface BusySeat {
  /** For how long already. */
  readonly ageMs: number
  /** How long sessions like this one have lasted, shortest first. */
  readonly lengthsMs: readonly number[]
}

/** With fewer ended sessions than this nobody can say anything honest. */
const fewestLengths = 5
const longestMs = 6 * 3_600_000
/** Of more seats so many stand for all: the sum over them is what costs. */
const mostSeats = 24

/**
 * When the n-th of these seats is expected to come free, ms from now: the time by which n − ½ of them have done so on average (the
 * half makes it about as often too early as too late). What a seat has left follows from how long sessions have lasted that
 * outlived its age; a freed seat is taken again at once.
 * @returns null with too few lengths, no seats, or beyond six hours
 */
export function etaMs(position: number, seats: readonly BusySeat[]): number | null {
  const known = drawn(seats.filter(({ lengthsMs }) => lengthsMs.length >= fewestLengths)).map(toRelease)
  if (known.length === 0) return null
  // Seats of which too little is known come free like the others.
  const scale = seats.length / known.length
  const wanted = position - 0.5
  const freed = (withinMs: number): number =>
    scale * known.reduce((sum, release) => sum + release(withinMs), 0)
  if (freed(longestMs) < wanted) return null
  let [early, late] = [0, longestMs]
  while (late - early > 500) {
    const middle = (early + late) / 2
    if (freed(middle) < wanted) early = middle
    else late = middle
  }
  return Math.round(late)
}

/** Evenly, by age. */
function drawn(seats: readonly BusySeat[]): readonly BusySeat[] {
  if (seats.length <= mostSeats) return seats
  const byAge = [...seats].sort((a, b) => a.ageMs - b.ageMs)
  return Array.from(
    { length: mostSeats },
    (_, index) => byAge[Math.floor(((index + 0.5) * byAge.length) / mostSeats)],
  ).filter((seat) => seat !== undefined)
}

/** How often, on average, a seat comes free within so many ms. */
function toRelease({ ageMs, lengthsMs }: BusySeat): (withinMs: number) => number {
  const again = renewals(lengthsMs)
  const left = lengthsMs.filter((length) => length > ageMs).map((length) => length - ageMs)
  // It has outlived all that is known: it may end at any moment, at the mean rate.
  if (left.length === 0) return (withinMs) => withinMs / again.meanMs
  return (withinMs) => {
    let sum = 0
    for (const leftMs of left) if (leftMs <= withinMs) sum += 1 + again.count(withinMs - leftMs)
    return sum / left.length
  }
}

/**
 * How often a seat that is taken now comes free within so many ms: once, with the share of sessions that are shorter; in the long run
 * at the mean rate with the renewal function's constant (Smith, Renewal theory and its ramifications, 1958, theorem 4).
 */
function renewals(lengthsMs: readonly number[]): {
  readonly meanMs: number
  count(withinMs: number): number
} {
  const n = lengthsMs.length
  const meanMs = Math.max(1, lengthsMs.reduce((sum, length) => sum + length, 0) / n)
  const variance = lengthsMs.reduce((sum, length) => sum + (length - meanMs) ** 2, 0) / n
  const constant = (variance - meanMs ** 2) / (2 * meanMs ** 2)
  return {
    meanMs,
    count(withinMs) {
      const longRun = withinMs / meanMs + constant
      return withinMs < 2 * meanMs ? Math.max(shorter(lengthsMs, withinMs) / n, longRun) : longRun
    },
  }
}

/** How many of the sorted lengths are at most so long. */
function shorter(lengthsMs: readonly number[], withinMs: number): number {
  let [from, to] = [0, lengthsMs.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((lengthsMs[middle] ?? 0) <= withinMs) from = middle + 1
    else to = middle
  }
  return from
}
