import { loadMs } from './decideTerms.ts'
import { type SeatBlock, solveTransport, type TransportPlan } from './transport.ts'

export interface WaitingPlayer {
  readonly id: string
  /** Predicted click-to-photon by site id, without load; a site that is not named cannot serve this player. */
  readonly costsMs: ReadonlyMap<string, number>
}

export interface SurgeSite {
  readonly id: string
  readonly seats: number
  /** Seats in use or promised. */
  readonly taken: number
}

export interface SurgeInput {
  /** First come first: where seats are short, whoever came earlier gets one. */
  readonly players: readonly WaitingPlayer[]
  readonly sites: readonly SurgeSite[]
  /** A monotonic clock. */
  readonly nowMs: () => number
  readonly budgetMs?: number
  readonly maxBatch?: number
  /** What the next seat of a site costs when so many are taken; it must not fall as they fill. */
  readonly seatMs?: (site: SurgeSite, taken: number) => number
}

export interface SurgePlan {
  /** Site by player. */
  readonly placed: ReadonlyMap<string, string>
  /** Those for whom there is no seat now, and those beyond the batch, in their order. */
  readonly waiting: readonly string[]
  /** How many of the placed ones were placed one by one, because the time was up. */
  readonly greedy: number
  readonly tookMs: number
}

/** A thousand players over a hundred sites take about 100 ms; the next round comes seconds later. */
const defaultBudgetMs = 150
const defaultMaxBatch = 1000

/**
 * Places the head of a region's queue all at once, so that the sum of predicted click-to-photon and load is least; one by one from
 * where the time runs out. Deterministic but for that.
 */
export function planSurge(input: SurgeInput): SurgePlan {
  const { players, sites, nowMs, budgetMs = defaultBudgetMs, maxBatch = defaultMaxBatch } = input
  const seatMs = input.seatMs ?? loadOf
  const startedMs = nowMs()
  const batch = players.slice(0, maxBatch)
  const costs = costTable(batch, sites)
  const plan = solveTransport(
    {
      counts: batch.map(() => 1),
      costsMs: costs,
      seats: sites.map((site) => freeSeats(site, batch.length, seatMs)),
      leaveMs: patience(batch.length, costs),
    },
    () => nowMs() - startedMs < budgetMs,
  )
  const siteOf = readSites(plan, sites.length)
  const greedy = plan.complete ? 0 : placeRest(siteOf, costs, sites, seatMs)
  const placed = new Map<string, string>()
  for (const [index, player] of batch.entries()) {
    const site = sites[siteOf[index] ?? -1]
    if (site !== undefined) placed.set(player.id, site.id)
  }
  const waiting = players.filter(({ id }) => !placed.has(id)).map(({ id }) => id)
  return { placed, waiting, greedy, tookMs: nowMs() - startedMs }
}

/** Within a site the next session goes where there is most room, so that its node is about as full as the site. */
function loadOf({ seats }: SurgeSite, taken: number): number {
  const use = seats > 0 ? taken / seats : 1
  return loadMs(use, use)
}

function costTable(players: readonly WaitingPlayer[], sites: readonly SurgeSite[]): Float64Array {
  const costs = new Float64Array(players.length * sites.length)
  for (const [row, player] of players.entries()) {
    for (const [column, site] of sites.entries()) {
      costs[row * sites.length + column] = player.costsMs.get(site.id) ?? Number.POSITIVE_INFINITY
    }
  }
  return costs
}

function freeSeats(
  site: SurgeSite,
  wanted: number,
  seatMs: (site: SurgeSite, taken: number) => number,
): SeatBlock[] {
  const free = Math.max(0, Math.min(wanted, site.seats - site.taken))
  return Array.from({ length: free }, (_, index) => ({
    seats: 1,
    costMs: seatMs(site, site.taken + index),
  }))
}

/** Leaving somebody out costs more than any detour of all others, and the more the earlier they came. */
function patience(players: number, costs: Float64Array): number[] {
  let sum = 1
  for (const cost of costs) if (Number.isFinite(cost) && cost > sum) sum = cost
  const step = sum * (players + 1)
  return Array.from({ length: players }, (_, index) => step * (players - index))
}

/** Index of the site of each player; -1 for none. */
function readSites(plan: TransportPlan, sites: number): Int32Array {
  const siteOf = new Int32Array(plan.left.length).fill(-1)
  for (const [index, count] of plan.placed.entries())
    if (count > 0) siteOf[Math.floor(index / sites)] = index % sites
  return siteOf
}

/** @returns how many got a seat */
function placeRest(
  siteOf: Int32Array,
  costs: Float64Array,
  sites: readonly SurgeSite[],
  seatMs: (site: SurgeSite, taken: number) => number,
): number {
  const taken = sites.map((site) => site.taken)
  for (const site of siteOf) if (site >= 0) taken[site] = (taken[site] ?? 0) + 1
  let placed = 0
  for (const [player, already] of siteOf.entries()) {
    if (already >= 0) continue
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (const [index, site] of sites.entries()) {
      const busy = taken[index] ?? 0
      if (busy >= site.seats) continue
      const cost = (costs[player * sites.length + index] ?? 0) + seatMs(site, busy)
      if (cost < least) {
        least = cost
        best = index
      }
    }
    if (best < 0) continue
    siteOf[player] = best
    taken[best] = (taken[best] ?? 0) + 1
    placed++
  }
  return placed
}
