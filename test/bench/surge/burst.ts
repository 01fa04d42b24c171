import type { Prices } from '../../../server/placement/pricing.ts'
import { planSurge, type SurgePlan } from '../../../server/placement/surge.ts'
import { solveTransport } from '../../../server/placement/transport.ts'
import type { BenchRun } from '../report.ts'
import { seeded } from '../routing/random.ts'
import { ours } from './ours.ts'
import { cheapest, convexLoad, noLoad, type SeatMs, sitesOf, waysOf } from './policies.ts'
import { type Floor, simulate } from './simulate.ts'
import type { World } from './world.ts'

const crowd = 500
/** They live in the places around the one that is nearest to all others. */
const placesOfRegion = 8

/** A premiere: many players of one region ask at once, on top of a usual evening. One by one, and all at once within the budget. */
export function burst(bench: BenchRun, world: World): void {
  const evening = ours(world)
  const { taken } = simulate(world, evening)
  const floor: Floor = { world, taken }
  const clients = crowdOf(world)
  const excessOf = (sites: readonly (number | null)[]): number =>
    sites.reduce<number>((sum, site, index) => {
      const client = clients[index] ?? 0
      const rtt = site === null ? Number.NaN : (world.rttMs[client * world.sites + site] ?? 0)
      return sum + (rtt - (world.bestMs[client] ?? 0)) / clients.length
    }, 0)
  bench.row('nearest/burst', 'excessMeanMs', 'ms', excessOf(oneByOne(floor, clients, noLoad)))
  bench.row('convexLoad/burst', 'excessMeanMs', 'ms', excessOf(oneByOne(floor, clients, convexLoad)))
  const plan = atOnce(floor, clients, evening.prices)
  const sites = clients.map((_, index) => Number(plan.placed.get(String(index)) ?? Number.NaN))
  bench.row('surgeFlow/burst', 'excessMeanMs', 'ms', excessOf(sites))
  bench.row('surgeFlow/burst', 'tookMs', 'ms', plan.tookMs)
  bench.row('surgeFlow/burst', 'oneByOne', 'players', plan.greedy)
  bench.row('optimum/burst', 'excessMeanMs', 'ms', leastExcess(floor, clients))
}

function oneByOne({ world, taken }: Floor, clients: readonly number[], seatMs: SeatMs): (number | null)[] {
  const floor: Floor = { world, taken: taken.slice() }
  return clients.map((client) => {
    const site = cheapest(floor, client, seatMs)
    if (site !== null) floor.taken[site] = (floor.taken[site] ?? 0) + 1
    return site
  })
}

/** With the prices of the minute before, which weigh those who come later. */
function atOnce(floor: Floor, clients: readonly number[], prices: Prices): SurgePlan {
  const ways = waysOf(floor.world)
  return planSurge({
    players: clients.map((client, index) => ({ id: String(index), costsMs: ways[client] ?? new Map() })),
    sites: sitesOf(floor).map((site) => ({ ...site, priceMs: prices.of(site.id) })),
    nowMs: () => performance.now(),
  })
}

function leastExcess({ world, taken }: Floor, clients: readonly number[]): number {
  const counts = new Array<number>(world.clients).fill(0)
  for (const client of clients) counts[client] = (counts[client] ?? 0) + 1
  const { placed } = solveTransport({
    counts,
    costsMs: world.rttMs,
    seats: [...world.seats].map((seats, site) => [{ seats: seats - (taken[site] ?? 0), costMs: 0 }]),
    leaveMs: counts.map(() => 100_000),
  })
  return placed.reduce((sum, players, index) => {
    if (players === 0) return sum
    const excess = (world.rttMs[index] ?? 0) - (world.bestMs[Math.floor(index / world.sites)] ?? 0)
    return sum + (players * excess) / clients.length
  }, 0)
}

function crowdOf({ clients, sites, rttMs }: World): readonly number[] {
  const random = seeded(1)
  const way = (client: number, site: number): number => rttMs[client * sites + site] ?? 0
  const apart = (a: number, b: number): number => {
    let least = Number.POSITIVE_INFINITY
    for (let site = 0; site < sites; site++) least = Math.min(least, way(a, site) + way(b, site))
    return least
  }
  const places = Array.from({ length: clients }, (_, client) => client)
  const remoteness = (client: number): number => places.reduce((sum, other) => sum + apart(client, other), 0)
  const middle = places.reduce((best, client) => (remoteness(client) < remoteness(best) ? client : best))
  const region = places.toSorted((a, b) => apart(middle, a) - apart(middle, b)).slice(0, placesOfRegion)
  return Array.from({ length: crowd }, () => region[Math.floor(random() * region.length)] ?? 0)
}
