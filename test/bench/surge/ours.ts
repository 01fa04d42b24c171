import { createChooser } from '../../../server/placement/chooser.ts'
import { createFleetIndex, type FleetIndex } from '../../../server/placement/fleetIndex.ts'
import { createPricing, type Prices } from '../../../server/placement/pricing.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import type { Mesh, RttEstimate } from '../../../server/placement/routing/types.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { toEnd } from '../../../server/placement/steps.ts'
import { waysOf } from '../../../server/placement/ways.ts'
import { type Random, seeded } from '../routing/random.ts'
import type { Policy } from './simulate.ts'
import type { World } from './world.ts'

/** As the router does it, each minute (keepPrices.ts). */
const renewEveryMs = 60_000
const seatsOfNode = 8
/** As a session's start does it (weighing.ts). */
const waysOfPlayer = 128

/** What the router's own code does with each player: its index, its prices, its decision. */
export interface Ours extends Policy {
  readonly prices: Prices
  readonly renewalsMs: readonly number[]
}

export function ours(world: World): Ours {
  let nowMs = 0
  const clock = { now: () => nowMs }
  const index = createFleetIndex()
  const nodes = nodesOf(world, index)
  const pricing = createPricing({ supply: index.supply, mesh: meshOf(world), clock })
  const choose = createChooser(index, createNodeQuality(clock), clock, pricing)
  const estimates = estimatesOf(world)
  const random = seeded(1)
  const renewalsMs: number[] = []
  let renewAtMs = 0
  let asked = 0

  return {
    prices: pricing,
    renewalsMs,
    onArrival(_floor, client, atMs) {
      nowMs = atMs
      const own = estimates[client] ?? new Map<string, RttEstimate>()
      pricing.asked(waysOf({ answered: new Map() }, own, waysOfPlayer, () => 0))
      if (nowMs >= renewAtMs) {
        renewAtMs = nowMs + renewEveryMs
        const beganMs = performance.now()
        toEnd(pricing.renew())
        renewalsMs.push(performance.now() - beganMs)
      }
      const { chosenNodeId } = choose({
        sessionId: `session-${asked++}`,
        title: { id: 'game', latencyBudgetMs: null, allow: null },
        codecs: ['h264'],
        fps: 60,
        probes: [],
        playerAt: null,
        estimates: own,
        refusedBy: new Set(),
        last: null,
      })
      const node = chosenNodeId === null ? null : index.find(chosenNodeId)
      if (node === null) return null
      index.put({ ...node, seatsFree: node.seatsFree - 1 })
      return Number(node.siteId)
    },
    onEnd(site) {
      const node = anyTaken(nodes[site] ?? [], index, random)
      if (node !== null) index.put({ ...node, seatsFree: node.seatsFree + 1 })
    },
  }
}

/** @returns ids by site */
function nodesOf({ seats }: World, index: FleetIndex): readonly (readonly string[])[] {
  return [...seats].map((count, site) => {
    const ids: string[] = []
    for (let left = count; left > 0; left -= seatsOfNode) {
      const node = nodeOf(site, ids.length, Math.min(left, seatsOfNode))
      index.put(node)
      ids.push(node.nodeId)
    }
    return ids
  })
}

const nodeOf = (site: number, number: number, seats: number): NodeSnapshot => ({
  nodeId: `${site}-${number}`,
  siteId: String(site),
  siteName: String(site),
  lat: null,
  lon: null,
  draining: false,
  seats,
  seatsFree: seats,
  titles: [{ id: 'game', version: '1.0.0' }],
  ready: [],
  codecs: ['h264'],
  beacon: null,
  country: null,
  trust: null,
  encodeP95Ms: 10,
  gpu: null,
  packages: { installing: [], faults: [] },
  centsPerHour: null,
})

/** Who is gone may have been on any of the site's seats that were taken: lengths have no memory here. */
function anyTaken(ids: readonly string[], index: FleetIndex, random: Random): NodeSnapshot | null {
  const nodes = ids.flatMap((id) => index.find(id) ?? [])
  const taken = nodes.reduce((sum, { seats, seatsFree }) => sum + seats - seatsFree, 0)
  let drawn = random() * taken
  return nodes.find(({ seats, seatsFree }) => (drawn -= seats - seatsFree) < 0) ?? null
}

/** Every way as it is: what probes and estimates miss is measured by `npm run bench:routing`. */
const estimatesOf = ({ clients, sites, rttMs }: World): readonly ReadonlyMap<string, RttEstimate>[] =>
  Array.from(
    { length: clients },
    (_, client) =>
      new Map(
        Array.from({ length: sites }, (__, site): [string, RttEstimate] => [
          String(site),
          { rttMs: rttMs[client * sites + site] ?? null, source: 'probe', uncertaintyMs: 0 },
        ]),
      ),
  )

function meshOf({ sites, meshMs }: World): Mesh {
  const mesh = createMesh({ now: () => 0 })
  for (const [at, rttMs] of meshMs.entries())
    mesh.record(String(Math.floor(at / sites)), String(at % sites), rttMs, 0)
  return mesh
}
