/**
 * Whom a round of serving weighs. Weighing somebody costs a decision, and most of those in a long line would hear what they heard a
 * moment ago: that no free seat is theirs. A round leaves them out until a seat comes free on a site that would do for them, and
 * leaves out those whose sites enough others have a claim on already. What it has no time for, the next one goes on with.
 */
export interface Rounds {
  /** @param free sites with free seats, and how many of them */
  begin(free: ReadonlyMap<string, number>, nowMs: number): void
  /**
   * Whether to weigh this one now; those who came first are asked about first.
   * @param reach sites that would do for it, as far as they are known; null: nobody knows
   */
  isWorth(one: object, reach: ReadonlySet<string> | null): boolean
  /** What weighing it told: sites with a seat for it. */
  weighed(one: object, reach: ReadonlySet<string> | null, sites: Iterable<string>): void
  /** There were more to weigh than one round does. */
  readonly isCut: boolean
}

interface Passed {
  readonly round: number
  readonly atMs: number
  readonly reach: ReadonlySet<string> | null
}

/** Decisions of one round, 100 ms of which go by until the next. */
const mostWeighed = 200
/** Somebody for whom there was nothing is weighed again after this time: not all that decides is told by which sites are free. */
export const weighAgainMs = 10_000
/** Who gets a seat is planned for all together: some more than there are seats leave something to choose. */
const claimsOn = (seats: number): number => 2 * seats + 8

export function createRounds(): Rounds {
  const passed = new WeakMap<object, Passed>()
  /** Free seats of each site in this round, and the last round in which some came free. */
  let freed = new Map<string, { readonly seats: number; readonly round: number }>()
  let left = new Map<string, number>()
  let round = 0
  let startedAtMs = 0
  let weighs = 0
  let isCut = false

  /** Nothing has come since that was not there for it then. */
  function isPassedBy(one: object, reach: ReadonlySet<string> | null, open: readonly string[]): boolean {
    const last = passed.get(one)
    if (last === undefined || Math.abs(startedAtMs - last.atMs) >= weighAgainMs) return false
    if (last.reach !== reach && open.length > 0) return false
    return open.every((siteId) => (freed.get(siteId)?.round ?? 0) <= last.round)
  }

  return {
    begin(free, nowMs) {
      round += 1
      startedAtMs = nowMs
      weighs = 0
      isCut = false
      const before = freed
      freed = new Map()
      for (const [siteId, seats] of free) {
        const had = before.get(siteId)
        freed.set(siteId, { seats, round: had === undefined || had.seats < seats ? round : had.round })
      }
      left = new Map(Array.from(free, ([siteId, seats]) => [siteId, claimsOn(seats)]))
    },
    isWorth(one, reach) {
      const open = [...(reach ?? freed.keys())].filter((siteId) => freed.has(siteId))
      if (isPassedBy(one, reach, open)) return false
      if (open.length > 0 && open.every((siteId) => (left.get(siteId) ?? 0) <= 0)) return false
      if (weighs >= mostWeighed) {
        isCut = true
        return false
      }
      weighs += 1
      return true
    },
    weighed(one, reach, sites) {
      let isAble = false
      for (const siteId of new Set(sites)) {
        isAble = true
        left.set(siteId, (left.get(siteId) ?? 0) - 1)
      }
      if (isAble) passed.delete(one)
      else passed.set(one, { round, atMs: startedAtMs, reach })
    },
    get isCut() {
      return isCut
    },
  }
}
