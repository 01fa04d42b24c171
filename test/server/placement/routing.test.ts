import { expect } from 'chai'
import type { ProbeResult } from '../../../config/protocol/placement.ts'
import { distanceKm } from '../../../server/placement/distance.ts'
import type { Place, Prior } from '../../../server/placement/prior.ts'
import { createHistory } from '../../../server/placement/routing/history.ts'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { createRouting, type Routing } from '../../../server/placement/routing/routing.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'

const node = (nodeId: string, siteId: string, lat: number, lon: number, beacon = true): NodeSnapshot => ({
  nodeId,
  siteId,
  siteName: siteId,
  lat,
  lon,
  draining: false,
  seats: 1,
  seatsFree: 1,
  titles: [],
  ready: [],
  codecs: ['h264'],
  beacon: beacon ? { addresses: ['127.0.0.1'], port: 1, ufrag: 'u', password: 'p' } : null,
  country: null,
  trust: null,
  encodeP95Ms: null,
  gpu: null,
  packages: { installing: [], faults: [] },
  centsPerHour: null,
})

/** Sites 500 km apart along the equator, two nodes each. */
const nodes = Array.from({ length: 40 }, (_, index) =>
  ['a', 'b'].map((which) =>
    node(`n${index}${which}`, `s${String(index).padStart(2, '0')}`, 0, index * 4.5 - 90),
  ),
).flat()
const player = { lat: 0, lon: 1 }
const ip = '203.0.113.7'
const truthMs = ({ lat, lon }: NodeSnapshot): number =>
  5 + distanceKm({ lat: lat ?? 0, lon: lon ?? 0 }, player) / 60

function setUp(place: Place | null, fleetNodes = nodes): { routing: Routing; clock: ManualClock } {
  const clock = createManualClock()
  const store = { of: async () => [], put: async () => {}, forget: async () => {} }
  const sites = fleetNodes
    .filter(({ nodeId }) => nodeId.endsWith('a'))
    .map(({ siteId, lat, lon }) => ({ id: siteId, lat, lon }))
  const prior: Prior = { lookup: async () => place, close: async () => {} }
  const routing = createRouting({
    fleet: {
      all: () => fleetNodes,
      find: (nodeId) => fleetNodes.find((one) => one.nodeId === nodeId) ?? null,
      sites: () => sites,
    },
    prior,
    history: createHistory(store, clock),
    mesh: createMesh(clock),
    clock,
  })
  for (const from of fleetNodes)
    routing.recordPings(
      from.nodeId,
      fleetNodes.map((to) => ({
        nodeId: to.nodeId,
        rttMs: distanceKm({ lat: 0, lon: from.lon ?? 0 }, { lat: 0, lon: to.lon ?? 0 }) / 60,
      })),
    )
  return { routing, clock }
}

const here: Place = { ...player, country: 'GA', accuracyKm: 20, source: 'test', dataDate: 'unknown' }
const measured = (targets: readonly NodeSnapshot[]): readonly ProbeResult[] =>
  targets.map((target) => ({
    nodeId: target.nodeId,
    rttMs: truthMs(target),
    jitterMs: 0.3,
    samples: 3,
    via: 'stun',
  }))

async function probeAll(routing: Routing, from = ip): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = []
  for (
    let targets = await routing.targets(from);
    targets.length > 0;
    targets = await routing.more(from, results)
  )
    results.push(...measured(targets))
  return results
}

describe('routing', () => {
  for (const [what, place] of [
    ['known', here],
    ['wrong', { ...here, lon: 80 }],
    ['unknown', null],
  ] as const)
    it(`leads a player whose place is ${what} to the nearest site, through one node of each`, async () => {
      const { routing } = setUp(place)
      const results = await probeAll(routing)
      expect(results.length).to.be.within(1, 16)
      const sites = results.map(({ nodeId }) => nodes.find((one) => one.nodeId === nodeId)?.siteId)
      expect(new Set(sites).size).to.equal(sites.length)
      const best = Math.min(...nodes.map(truthMs))
      expect(Math.min(...results.map(({ rttMs }) => rttMs ?? 999))).to.equal(best)
    })

  it('spreads players over the nodes of a site, and meets one player with the same node', async () => {
    const { routing } = setUp(here)
    const nodeFor = async (from: string): Promise<string | undefined> =>
      (await routing.targets(from)).find(({ siteId }) => siteId === 's20')?.nodeId
    expect(await nodeFor(ip)).to.equal(await nodeFor(ip))
    const met = await Promise.all(Array.from({ length: 12 }, (_, last) => nodeFor(`198.51.100.${last}`)))
    expect(new Set(met)).to.deep.equal(new Set(['n20a', 'n20b']))
  })

  it('names no node without a beacon, but reckons with its site', async () => {
    const blind = nodes.map((one) => (one.siteId === 's20' ? { ...one, beacon: null } : one))
    const { routing } = setUp(here, blind)
    const results = await probeAll(routing)
    expect(results.some(({ nodeId }) => nodeId.startsWith('n20'))).to.equal(false)
    const estimate = (await routing.estimatesFor(ip, results)).get('s20')
    expect(estimate?.source).to.equal('mesh')
    expect(estimate?.rttMs).to.be.closeTo(truthMs(node('x', 's20', 0, 0)), 6)
  })

  it("asks nothing of the next player of a network that was measured and played on, and knows its sites' round trips", async () => {
    const { routing, clock } = setUp(here)
    for (let visit = 0; visit < 6; visit++) {
      const results = await probeAll(routing)
      await routing.learn(ip, results)
      await routing.learn(ip, results)
      await routing.learnSession(ip, 'n20a', 6)
      clock.pass(3_600_000)
    }
    const neighbour = '203.0.113.200'
    expect((await routing.targets(neighbour)).length).to.be.at.most(2)
    const estimates = await routing.estimatesFor(neighbour, [])
    expect(estimates.get('s20')?.source).to.equal('history')
    expect((await routing.targets('198.51.100.1')).length).to.be.greaterThan(3)
  })

  it('takes results of nodes that are gone, or that it never had, for nothing', async () => {
    const { routing } = setUp(here)
    const ghost: ProbeResult = { nodeId: 'ghost', rttMs: 0.1, jitterMs: 0, samples: 3, via: 'stun' }
    await routing.learn(ip, [ghost])
    await routing.learnSession(ip, 'ghost', 1)
    routing.recordPings('ghost', [{ nodeId: 'n1a', rttMs: 1 }])
    expect((await routing.estimatesFor(ip, [ghost])).get('s20')?.source).to.equal('prior')
  })
})
