import { expect } from 'chai'
import fc from 'fast-check'
import type { PeerPing, ToNode } from '../../config/protocol/nodeSocket.ts'
import { createFleetMesh, type FleetMesh } from '../../server/fleet/mesh.ts'
import { kmBetween, type MeshNode, peersOf, representatives } from '../../server/fleet/meshPlan.ts'
import { pingFault } from '../../server/fleet/pingFault.ts'
import { openLog } from '../../server/log.ts'
import { createManualClock, type ManualClock } from './support/manualClock.ts'
import { expectCleanClose, openSlowBed } from './support/slowBed.ts'

const node = (nodeId: string, siteId: string, change: Partial<MeshNode> = {}): MeshNode => ({
  nodeId,
  siteId,
  lat: null,
  lon: null,
  draining: false,
  beacon: { addresses: ['192.0.2.1'], port: 1, ufrag: 'u', password: `of ${nodeId}` },
  ...change,
})
const sitesAlongTheEquator = (count: number): MeshNode[] =>
  Array.from({ length: count }, (_, n) =>
    node(`n${n}`, `s${String(n).padStart(4, '0')}`, { lat: 0, lon: (n * 360) / count - 180 }),
  )

/** Slow and plain. */
function sortedPeers(
  own: number,
  all: readonly MeshNode[],
  round: number,
  most: number,
): readonly MeshNode[] {
  const others = [...all.slice(own + 1), ...all.slice(0, own)]
  if (others.length <= most) return others
  const km = (other: MeshNode): number | null => kmBetween(all[own] ?? other, other)
  const near = others
    .filter((other) => km(other) !== null)
    .sort((a, b) => (km(a) ?? 0) - (km(b) ?? 0))
    .slice(0, Math.ceil(most / 2))
  const far = others.filter((other) => !near.includes(other))
  const count = most - near.length
  const from = (round * count) % far.length
  return [...near, ...[...far, ...far].slice(from, from + count)]
}

describe('who measures whom', () => {
  it('is one node of each site that can be measured: the one that was there first', () => {
    const nodes = [
      node('blind', 'a', { beacon: null }),
      node('leaving', 'a', { draining: true }),
      node('old', 'a'),
      node('young', 'a'),
      node('alone', 'b'),
    ]
    expect(representatives(nodes).map(({ nodeId }) => nodeId)).to.deep.equal(['old', 'alone'])
  })

  it('is everybody where sites are few', () => {
    const all = sitesAlongTheEquator(5)
    for (const [own, node] of all.entries())
      expect(peersOf(own, all, 3, 8)).to.have.members(all.filter((other) => other !== node))
  })

  it('is never more than the most, never oneself, nobody twice, and always the nearest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 20 }),
        fc.nat(1_000),
        fc.nat(59),
        (count, most, round, index) => {
          const all = sitesAlongTheEquator(count)
          const own = all[index % count] ?? node('none', 'none')
          const peers = peersOf(index % count, all, round, most)
          expect(peers.length).to.equal(Math.min(most, count - 1))
          expect(new Set(peers).size).to.equal(peers.length)
          expect(peers).to.not.include(own)
          const km = (other: MeshNode): number => kmBetween(own, other) ?? 0
          const others = all.filter((other) => other !== own).sort((a, b) => km(a) - km(b))
          const nearest = others[0]
          if (nearest !== undefined) expect(Math.min(...peers.map(km))).to.be.closeTo(km(nearest), 1e-6)
        },
      ),
    )
  })

  it('is whom sorting everybody by distance would find first, and of the others in turn', () => {
    const degree = (most: number) => fc.option(fc.integer({ min: -most, max: most }), { freq: 8 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(degree(8), degree(179)), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        fc.nat(1_000),
        fc.nat(59),
        (places, most, round, index) => {
          const all = places.map(([lat, lon], n) =>
            node(`n${n}`, `s${String(n).padStart(4, '0')}`, { lat: lat === null ? null : lat * 10, lon }),
          )
          const own = index % all.length
          expect(peersOf(own, all, round, most)).to.deep.equal(sortedPeers(own, all, round, most))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('comes round to every pair of sites, and spreads those who are measured in one round', () => {
    const all = sitesAlongTheEquator(100)
    const met = new Set<string>()
    for (let round = 0; round < 10; round += 1) {
      const asked = new Map<string, number>()
      for (const [own, node] of all.entries())
        for (const { nodeId } of peersOf(own, all, round, 20)) {
          met.add(`${node.nodeId} ${nodeId}`)
          asked.set(nodeId, (asked.get(nodeId) ?? 0) + 1)
        }
      expect(Math.max(...asked.values())).to.be.at.most(40)
    }
    expect(met.size).to.equal(100 * 99)
  })
})

describe('a figure of a node', () => {
  const asked = { lastAtMs: null }
  const faults = [
    ['good', { rttMs: 20 }, asked, 1_000, null],
    ['of a site that does not say where it is', { rttMs: 0.2 }, asked, null, null],
    ['of nobody that it was given', { rttMs: 20 }, null, 1_000, 'not-asked'],
    ['said twice', { rttMs: 20 }, { lastAtMs: 99_000 }, 1_000, 'too-soon'],
    ['said again in its time', { rttMs: 20 }, { lastAtMs: 70_000 }, 1_000, null],
    ['faster than light', { rttMs: 6 }, asked, 1_000, 'too-fast'],
    ['of no time at all', { rttMs: 0 }, asked, null, 'too-fast'],
    ['slower than a node waits', { rttMs: 2_001 }, asked, null, 'too-slow'],
  ] as const
  for (const [what, result, isAsked, km, expected] of faults)
    it(`${what} is ${expected ?? 'believed'}`, () =>
      expect(pingFault(result, isAsked, 100_000, km)).to.equal(expected))
})

describe('the mesh of the fleet', () => {
  let clock: ManualClock
  let nodes: MeshNode[]
  let sent: { nodeId: string; targets: string[] }[]
  let recorded: { nodeId: string; results: readonly PeerPing[] }[]
  let deaf: Set<string>
  let mesh: FleetMesh

  beforeEach(() => {
    clock = createManualClock()
    nodes = []
    sent = []
    recorded = []
    deaf = new Set()
    mesh = createFleetMesh({
      fleet: {
        index: { all: () => nodes, find: (nodeId) => nodes.find((one) => one.nodeId === nodeId) ?? null },
        send(nodeId, message: ToNode) {
          if (deaf.has(nodeId)) return false
          if (message.kind === 'peers')
            sent.push({ nodeId, targets: message.targets.map((target) => target.nodeId) })
          return true
        },
      },
      record: (nodeId, results) => recorded.push({ nodeId, results }),
      clock,
      log: openLog('silent'),
      rest: () => expect.fail('time stands still'),
    })
  })
  afterEach(() => mesh.close())
  const tick = (): typeof sent => {
    sent = []
    clock.pass(5_000)
    return sent
  }

  it('gives each site its peers once, and anew when a site comes', () => {
    nodes = [node('a1', 'a'), node('a2', 'a'), node('b1', 'b')]
    expect(tick()).to.deep.equal([
      { nodeId: 'a1', targets: ['b1'] },
      { nodeId: 'b1', targets: ['a1'] },
    ])
    expect(tick()).to.deep.equal([])
    nodes = [...nodes, node('c1', 'c')]
    expect(tick().map(({ nodeId, targets }) => [nodeId, targets.length])).to.deep.equal([
      ['c1', 2],
      ['a1', 2],
      ['b1', 2],
    ])
  })

  it('has another node of a site go on when the first is gone, and stops one that should not', () => {
    nodes = [node('a1', 'a'), node('a2', 'a'), node('b1', 'b')]
    tick()
    nodes = nodes.map((one) => (one.nodeId === 'a1' ? { ...one, draining: true } : one))
    expect(tick()).to.deep.include.members([
      { nodeId: 'a1', targets: [] },
      { nodeId: 'a2', targets: ['b1'] },
      { nodeId: 'b1', targets: ['a2'] },
    ])
  })

  it('tells everybody when a beacon has started anew, and tries again where it could not', () => {
    nodes = [node('a1', 'a'), node('b1', 'b')]
    deaf.add('b1')
    expect(tick().map(({ nodeId }) => nodeId)).to.deep.equal(['a1'])
    deaf.clear()
    expect(tick().map(({ nodeId }) => nodeId)).to.deep.equal(['b1'])
    const fresh = { addresses: ['192.0.2.1'], port: 2, ufrag: 'u', password: 'another' }
    nodes = [node('a1', 'a', { beacon: fresh }), node('b1', 'b')]
    expect(tick().map(({ nodeId }) => nodeId)).to.have.members(['a1', 'b1'])
  })

  it('believes what was asked for and can be, of the node that measured it, once', () => {
    nodes = [
      node('a1', 'a', { lat: 52.5, lon: 13.4 }),
      node('b1', 'b', { lat: 48.9, lon: 2.35 }),
      node('c1', 'c'),
    ]
    const say = (from: string, ...results: PeerPing[]): void => mesh.receive(from, results)
    const ping = (nodeId: string, rttMs: number): PeerPing => ({ nodeId, rttMs, samples: 3 })
    say('a1', ping('b1', 20))
    expect(recorded, 'before anybody was asked').to.deep.equal([])
    tick()
    say('a1', ping('b1', 20), ping('c1', 0.4), ping('ghost', 1), ping('a1', 1))
    expect(recorded).to.deep.equal([{ nodeId: 'a1', results: [ping('b1', 20), ping('c1', 0.4)] }])
    say('a1', ping('b1', 20))
    say('b1', ping('a1', 2))
    say('stranger', ping('a1', 20))
    expect(recorded).to.have.length(1)
    say('b1', ping('a1', 19))
    expect(recorded.at(-1)).to.deep.equal({ nodeId: 'b1', results: [ping('a1', 19)] })
  })

  it('rests after a few plans, makes all of them in time, and ends its work when it is closed', async () => {
    const bed = openSlowBed()
    const sites = sitesAlongTheEquator(60)
    const slow = createFleetMesh({
      fleet: {
        index: { all: () => sites, find: () => null },
        send: (nodeId) => bed.did(nodeId),
      },
      record: () => {},
      clock: bed.clock,
      log: openLog('silent'),
      rest: bed.rest,
    })
    bed.clock.pass(5_000)
    await bed.run()
    expect(new Set(bed.done).size, 'as many as one tick plans').to.equal(50)
    expect(bed.mostAtOnce()).to.be.at.most(3)
    bed.clock.pass(5_000)
    await bed.run()
    expect(new Set(bed.done).size).to.equal(60)

    bed.clock.pass(120_000)
    await expectCleanClose(bed, () => slow.close())
  })
})
