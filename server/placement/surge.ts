import { loadMs, pricedLoadMs } from './load.ts'
import type { SeatsOfSite } from './sitePrices.ts'
import { type SeatBlock, solveTransport, type TransportPlan } from './transport.ts'

export interface WaitingPlayer {
  readonly id: string
  /** Predicted click-to-photon by site id, without load; a site that is not named cannot serve this player. */
  readonly costsMs: ReadonlyMap<string, number>
}

export interface SurgeSite extends SeatsOfSite {
  /** What a seat is worth to those who are still to come (sitePrices.ts); null where nobody knows: then the convex load term counts. */
  readonly priceMs: number | null
}

export interface SurgeInput {
  /** First come first: where seats are short, whoever came earlier gets one. */
  readonly players: readonly WaitingPlayer[]
  readonly sites: readonly SurgeSite[]
  /** A monotonic clock. */
  readonly nowMs: () => number
  readonly budgetMs?: number
  readonly maxBatch?: number
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
  const startedMs = nowMs()
  const batch = players.slice(0, maxBatch)
  const costs = costTable(batch, sites)
  const seats = sites.map((site) => freeSeats(site, batch.length))
  const plan = solveTransport(
    {
      counts: batch.map(() => 1),
      costsMs: costs,
      seats,
      leaveMs: patience(batch.length, costs, seats),
    },
    () => nowMs() - startedMs < budgetMs,
  )
  const siteOf = readSites(plan, sites.length)
  const greedy = plan.complete ? 0 : placeRest(siteOf, costs, seats)
  const placed = new Map<string, string>()
  for (const [index, player] of batch.entries()) {
    const site = sites[siteOf[index] ?? -1]
    if (site !== undefined) placed.set(player.id, site.id)
  }
  const waiting = players.filter(({ id }) => !placed.has(id)).map(({ id }) => id)
  return { placed, waiting, greedy, tookMs: nowMs() - startedMs }
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

function freeSeats({ seats, taken, priceMs }: SurgeSite, wanted: number): readonly SeatBlock[] {
  const free = Math.max(0, Math.min(wanted, seats - taken))
  return Array.from({ length: free }, (_, index) => {
    // Within a site the next session goes where there is most room, so that its node is about as full as the site.
    const use = (taken + index) / seats
    return { seats: 1, costMs: priceMs === null ? loadMs(use, use) : pricedLoadMs(priceMs, use) }
  })
}

/** Leaving somebody out costs more than any detour of all others, and the more the earlier they came. */
function patience(
  players: number,
  costs: Float64Array,
  seats: readonly (readonly SeatBlock[])[],
): readonly number[] {
  let farthest = 0
  for (const cost of costs) if (Number.isFinite(cost)) farthest = Math.max(farthest, cost)
  const dearest = Math.max(0, ...seats.map((blocks) => blocks.at(-1)?.costMs ?? 0))
  const step = (farthest + dearest + 1) * (players + 1)
  return Array.from({ length: players }, (_, index) => step * (players - index))
}

/** Index of the site of each player; -1 for none. */
function readSites(plan: TransportPlan, sites: number): Int32Array {
  const siteOf = new Int32Array(plan.left.length).fill(-1)
  for (const [index, count] of plan.placed.entries())
    if (count > 0) siteOf[Math.floor(index / sites)] = index % sites
  return siteOf
}

/** One by one; the flow has taken the first seats of each site. @returns how many got a seat */
function placeRest(
  siteOf: Int32Array,
  costs: Float64Array,
  seats: readonly (readonly SeatBlock[])[],
): number {
  const used = seats.map(() => 0)
  for (const site of siteOf) if (site >= 0) used[site] = (used[site] ?? 0) + 1
  let placed = 0
  for (const [player, already] of siteOf.entries()) {
    if (already >= 0) continue
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (const [site, blocks] of seats.entries()) {
      const seatMs = blocks[used[site] ?? 0]?.costMs
      if (seatMs === undefined) continue
      const cost = (costs[player * seats.length + site] ?? 0) + seatMs
      if (cost < least) {
        least = cost
        best = site
      }
    }
    if (best < 0) continue
    siteOf[player] = best
    used[best] = (used[best] ?? 0) + 1
    placed++
  }
  return placed
}
