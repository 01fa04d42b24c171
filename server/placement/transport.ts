import { type Steps, toEnd } from './steps.ts'

/** A run of seats at one site that cost the same. */
export interface SeatBlock {
  readonly seats: number
  /** What each of them costs beyond the way there. */
  readonly costMs: number
}

/** Groups of like players and sites with seats; nothing is moved that already plays. */
export interface TransportProblem {
  /** Players per group. */
  readonly counts: readonly number[]
  /** Groups by sites, row by row; Infinity where a group cannot be served. */
  readonly costsMs: Float64Array
  /** Free seats per site, the cheapest first: the costs of one site never fall. */
  readonly seats: readonly (readonly SeatBlock[])[]
  /** What it costs to leave one of the group unplaced; finite. */
  readonly leaveMs: readonly number[]
}

export interface TransportPlan {
  /** Groups by sites, row by row: how many of a group go to a site. */
  readonly placed: Int32Array
  /** Per group: how many are left out, for want of a seat or of time. */
  readonly left: Int32Array
  /** What the last seat taken at each site is worth (its dual price): what one more seat there would save. */
  readonly pricesMs: Float64Array
  /** False where time ran out: the groups dealt with until then are placed as well as those alone can be. */
  readonly complete: boolean
}

interface Tables {
  readonly groups: number
  /** With the place for those left out, which is the last one. */
  readonly sites: number
  readonly costs: Float64Array
  /** Per group the sites that can serve it, and the place for those left out. */
  readonly within: readonly Int32Array[]
  /** Sites by groups. */
  readonly flow: Int32Array
  readonly price: Float64Array
  readonly seats: readonly (readonly SeatBlock[])[]
  readonly block: Int32Array
  readonly usedOfBlock: Int32Array
}

interface Path {
  readonly distance: Float64Array
  readonly settled: Uint8Array
  /** From which site and by which group's move a site is reached; -1 for the new player's own step. */
  readonly fromSite: Int32Array
  readonly byGroup: Int32Array
}

/**
 * Min-cost flow from groups to seats by successive shortest paths: each player in turn takes the cheapest chain of moves that ends at a
 * free seat, and dual prices keep all reduced costs at or above zero, so that Dijkstra finds it (Ahuja, Magnanti and Orlin, Network
 * Flows, 1993, 9.7). The graph between sites is implied by who is where; seats with rising costs make the objective convex.
 * @param mayGoOn asked once a path, to keep a time budget
 */
export const solveTransport = (
  problem: TransportProblem,
  mayGoOn: () => boolean = () => true,
): TransportPlan => toEnd(transportSteps(problem, mayGoOn))

/** The same with a rest after each path. */
export function* transportSteps(
  problem: TransportProblem,
  mayGoOn: () => boolean = () => true,
): Steps<TransportPlan> {
  const tables = tablesOf(problem)
  const { groups, sites, flow } = tables
  const path: Path = {
    distance: new Float64Array(sites),
    settled: new Uint8Array(sites),
    fromSite: new Int32Array(sites),
    byGroup: new Int32Array(sites),
  }
  const left = Int32Array.from(problem.counts)
  let complete = true
  for (let group = 0; group < groups && complete; group++) {
    while ((left[group] ?? 0) > 0) {
      complete = mayGoOn()
      if (!complete) break
      const target = cheapestSeat(tables, path, group)
      left[group] = (left[group] ?? 0) - moveAlong(tables, path, group, target, left[group] ?? 0)
      yield
    }
  }
  const placed = new Int32Array(groups * (sites - 1))
  for (let group = 0; group < groups; group++) {
    for (let site = 0; site < sites - 1; site++) {
      placed[group * (sites - 1) + site] = flow[site * groups + group] ?? 0
    }
    left[group] = (left[group] ?? 0) + (flow[(sites - 1) * groups + group] ?? 0)
  }
  return { placed, left, pricesMs: tables.price.slice(0, sites - 1), complete }
}

function tablesOf(problem: TransportProblem): Tables {
  const groups = problem.counts.length
  const real = problem.seats.length
  const sites = real + 1
  const everybody = problem.counts.reduce((sum, count) => sum + count, 0)
  const seats = [...problem.seats, [{ seats: everybody, costMs: 0 }]].map((blocks) =>
    blocks.filter((block) => block.seats > 0),
  )
  const costs = new Float64Array(groups * sites)
  for (let group = 0; group < groups; group++) {
    costs.set(problem.costsMs.subarray(group * real, (group + 1) * real), group * sites)
    costs[group * sites + real] = problem.leaveMs[group] ?? 0
  }
  const within = problem.counts.map((_, group) =>
    Int32Array.from([...seats.keys()].filter((site) => Number.isFinite(costs[group * sites + site]))),
  )
  return {
    groups,
    sites,
    costs,
    within,
    flow: new Int32Array(sites * groups),
    price: Float64Array.from(seats, (blocks) => blocks[0]?.costMs ?? Number.POSITIVE_INFINITY),
    seats,
    block: new Int32Array(sites),
    usedOfBlock: new Int32Array(sites),
  }
}

const nextSeatMs = ({ seats, block }: Tables, site: number): number =>
  seats[site]?.[block[site] ?? 0]?.costMs ?? Number.POSITIVE_INFINITY

/** Dijkstra from a new player of the group over reduced costs, as far as the nearest free seat; then raises the prices. */
function cheapestSeat(tables: Tables, path: Path, group: number): number {
  const { sites, price } = tables
  const { distance, settled } = path
  startFrom(tables, path, group)
  let target = -1
  let nearest = Number.POSITIVE_INFINITY
  for (;;) {
    const site = nearestOpen(path, nearest)
    if (site < 0) break
    settled[site] = 1
    const end = (distance[site] ?? 0) + Math.max(0, nextSeatMs(tables, site) - (price[site] ?? 0))
    if (end < nearest) {
      nearest = end
      target = site
    }
    relaxFrom(tables, path, site)
  }
  for (let site = 0; site < sites; site++) {
    const gap = nearest - (distance[site] ?? 0)
    if (settled[site] === 1 && gap > 0) price[site] = (price[site] ?? 0) + gap
  }
  return target
}

function startFrom({ sites, costs, price }: Tables, path: Path, group: number): void {
  const row = group * sites
  let base = Number.POSITIVE_INFINITY
  for (let site = 0; site < sites; site++) {
    const length = (costs[row + site] ?? 0) + (price[site] ?? 0)
    path.distance[site] = length
    if (length < base) base = length
  }
  for (let site = 0; site < sites; site++) path.distance[site] = (path.distance[site] ?? 0) - base
  path.settled.fill(0)
  path.fromSite.fill(-1)
  path.byGroup.fill(group)
}

/** @returns -1 when nothing nearer than `limit` is left */
function nearestOpen({ distance, settled }: Path, limit: number): number {
  let found = -1
  let least = limit
  for (let site = 0; site < distance.length; site++) {
    const length = distance[site] ?? 0
    if (settled[site] === 0 && length < least) {
      least = length
      found = site
    }
  }
  return found
}

/** Whoever is at the site could make room by moving on. */
function relaxFrom({ groups, sites, costs, within, flow, price }: Tables, path: Path, site: number): void {
  const { distance, settled, fromSite, byGroup } = path
  const soFar = distance[site] ?? 0
  for (let group = 0; group < groups; group++) {
    if ((flow[site * groups + group] ?? 0) === 0) continue
    const row = group * sites
    const here = (costs[row + site] ?? 0) + (price[site] ?? 0)
    for (const other of within[group] ?? []) {
      if (settled[other] === 1) continue
      const length = soFar + Math.max(0, (costs[row + other] ?? 0) + (price[other] ?? 0) - here)
      if (length < (distance[other] ?? 0)) {
        distance[other] = length
        fromSite[other] = site
        byGroup[other] = group
      }
    }
  }
}

/** @returns how many at once */
function moveAlong(tables: Tables, path: Path, group: number, target: number, wanted: number): number {
  const { groups, flow, seats, block, usedOfBlock } = tables
  const { fromSite, byGroup } = path
  const at = (site: number, who: number): number => site * groups + who
  const open = seats[target]?.[block[target] ?? 0]
  let amount = Math.min(wanted, (open?.seats ?? 0) - (usedOfBlock[target] ?? 0))
  for (let site = target; (fromSite[site] ?? -1) >= 0; site = fromSite[site] ?? -1) {
    amount = Math.min(amount, flow[at(fromSite[site] ?? 0, byGroup[site] ?? 0)] ?? 0)
  }
  let first = target
  while ((fromSite[first] ?? -1) >= 0) {
    const from = fromSite[first] ?? 0
    const who = byGroup[first] ?? 0
    flow[at(from, who)] = (flow[at(from, who)] ?? 0) - amount
    flow[at(first, who)] = (flow[at(first, who)] ?? 0) + amount
    first = from
  }
  flow[at(first, group)] = (flow[at(first, group)] ?? 0) + amount
  usedOfBlock[target] = (usedOfBlock[target] ?? 0) + amount
  if (usedOfBlock[target] === open?.seats) {
    block[target] = (block[target] ?? 0) + 1
    usedOfBlock[target] = 0
  }
  return amount
}
