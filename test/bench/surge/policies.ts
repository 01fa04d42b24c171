import { loadMs } from '../../../server/placement/load.ts'
import type { SeatsOfSite } from '../../../server/placement/sitePrices.ts'
import { planSurge } from '../../../server/placement/surge.ts'
import type { Floor, Policy } from './simulate.ts'
import type { World } from './world.ts'

/** What a seat costs beyond the way to it, ms. */
export type SeatMs = (site: number, taken: number, seats: number) => number

export const noLoad: SeatMs = () => 0

/** The decision's own term while it knows no prices. */
export const convexLoad: SeatMs = (_, taken, seats) => loadMs(taken / seats, taken / seats)

/** Each player at once to the site of the least round trip plus load that has a seat. */
export const greedy = (seatMs: SeatMs): Policy => ({
  onArrival: (floor, client) => cheapest(floor, client, seatMs),
})

export function cheapest({ world, taken }: Floor, client: number, seatMs: SeatMs): number | null {
  let best: number | null = null
  let least = Number.POSITIVE_INFINITY
  for (let site = 0; site < world.sites; site++) {
    const busy = taken[site] ?? 0
    const seats = world.seats[site] ?? 0
    if (busy >= seats) continue
    const cost = (world.rttMs[client * world.sites + site] ?? 0) + seatMs(site, busy, seats)
    if (cost < least) {
      least = cost
      best = site
    }
  }
  return best
}

/** All who came within `roundMs` at once, by way and the decision's load term. */
export function flow(world: World, roundMs: number): Policy {
  const ways = waysOf(world)
  return {
    roundMs,
    onArrival: () => null,
    onRound: (floor, queue) => {
      const { placed } = planSurge({
        players: queue.map((client, index) => ({ id: String(index), costsMs: ways[client] ?? new Map() })),
        sites: sitesOf(floor).map((site) => ({ ...site, priceMs: null })),
        // The same plan whatever the machine does.
        nowMs: () => 0,
      })
      return queue.map((_, index) => {
        const site = placed.get(String(index))
        return site === undefined ? null : Number(site)
      })
    },
  }
}

/** Round trips by site, per client. */
export const waysOf = ({ clients, sites, rttMs }: World): readonly ReadonlyMap<string, number>[] =>
  Array.from(
    { length: clients },
    (_, client) =>
      new Map(Array.from({ length: sites }, (__, site) => [String(site), rttMs[client * sites + site] ?? 0])),
  )

export const sitesOf = ({ world, taken }: Floor): SeatsOfSite[] =>
  Array.from({ length: world.sites }, (_, site) => ({
    id: String(site),
    seats: world.seats[site] ?? 0,
    taken: taken[site] ?? 0,
  }))
