import { expect } from 'chai'
import fc from 'fast-check'
import { hardLimit } from '../../../server/placement/decideLimits.ts'
import { distanceKm, type Point } from '../../../server/placement/distance.ts'
import { createFleetIndex, type FleetIndex, type Look } from '../../../server/placement/fleetIndex.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { type BusyNode, mostTaken, titleOrder, warmNode } from '../../../server/placement/warm.ts'
import { createSphere } from '../../../server/placement/sphere.ts'
import { nodeOf } from '../support/nodes.ts'

const look = (change: Partial<Look> = {}): Look => ({
  title: { id: 'game', latencyBudgetMs: null, allow: null },
  codecs: ['h264'],
  at: null,
  siteIds: [],
  seed: 'session',
  refusedBy: new Set(),
  ...change,
})
const indexOf = (nodes: readonly NodeSnapshot[]): FleetIndex => {
  const index = createFleetIndex()
  for (const node of nodes) index.put(node)
  return index
}
const ids = (nodes: readonly { readonly nodeId: string }[]): string[] =>
  nodes.map(({ nodeId }) => nodeId).sort()
/** Sites on the equator, 5 degrees apart. */
const equator = (count: number, change: (at: number) => Partial<NodeSnapshot> = () => ({})): NodeSnapshot[] =>
  Array.from({ length: count }, (_, at) =>
    nodeOf(`n${String(at).padStart(2, '0')}`, { lat: 0, lon: at * 5, ...change(at) }),
  )
const anyPoint = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
})

describe('the sphere', () => {
  it('finds the nearest able points and the others that are nearer, as sorting all of them does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyPoint, fc.boolean()), { maxLength: 60 }),
        fc.uniqueArray(fc.nat(59)),
        anyPoint,
        (drawn, gone, at) => {
          const points = drawn.map(([place, able], index) => ({ id: `p${index}`, able, place }))
          const sphere = createSphere<(typeof points)[number]>()
          for (const point of points) sphere.put(point, point.place)
          for (const index of gone) sphere.remove(`p${index}`)
          const left = points.filter((_, index) => !gone.includes(index))
          const found = sphere.nearest(at, { able: 5, others: 3 }, ({ able }) => able)
          const km = ({ place }: { place: Point }): number => distanceKm(place, at)
          const kmOf = (wanted: boolean): number[] =>
            left
              .filter(({ able }) => able === wanted)
              .map(km)
              .sort((x, y) => x - y)
          const near = kmOf(true).slice(0, 5)
          expect(found.able.map(km)).to.have.length(near.length)
          for (const [index, point] of found.able.entries())
            expect(km(point)).to.be.closeTo(near[index] ?? -1, 1e-3)
          const limit = near.length < 5 ? Number.POSITIVE_INFINITY : (near.at(-1) ?? 0)
          const others = kmOf(false).filter((far) => far <= limit - 1e-3)
          expect(found.others.length).to.be.at.least(Math.min(3, others.length))
          for (const other of found.others) expect(km(other)).to.be.at.most(limit + 1e-3)
        },
      ),
    )
  })
})

describe('a look at the fleet', () => {
  it('takes only nodes that have the version which is asked for, also when they have just got it', () => {
    const having = (...versions: string[]) => ({
      titles: versions.map((version) => ({ id: 'game', version })),
    })
    const index = indexOf([nodeOf('a', having('1.0.0')), nodeOf('b', having('1.0.0', '2.0.0'))])
    const able = (version?: string): string[] => {
      const title = {
        id: 'game',
        latencyBudgetMs: null,
        allow: null,
        ...(version === undefined ? {} : { version }),
      }
      const input = { title, codecs: ['h264'], refusedBy: new Set<string>() } as const
      return ids(index.look(look({ title })).nodes.filter((node) => hardLimit(node, input, null) === null))
    }
    expect([able(), able('1.0.0'), able('2.0.0'), able('3.0.0')]).to.deep.equal([
      ['a', 'b'],
      ['a', 'b'],
      ['b'],
      [],
    ])
    index.put(nodeOf('a', having('1.0.0', '3.0.0')))
    expect(able('3.0.0')).to.deep.equal(['a'])
    expect(ids(index.at('A', 'game@3.0.0'))).to.deep.equal(['a'])
    expect(index.at('B', 'game@3.0.0')).to.deep.equal([])
  })

  it('sees all nodes of a small one', () => {
    expect(ids(indexOf([nodeOf('a'), nodeOf('b'), nodeOf('c')]).look(look()).nodes)).to.deep.equal([
      'a',
      'b',
      'c',
    ])
  })

  it('sees the nearest sites that can, and the nearer ones that cannot, so that they can be named', () => {
    const index = indexOf(equator(30, (at) => (at === 1 || at === 2 ? { seatsFree: 0 } : {})))
    const { nodes } = index.look(look({ at: { lat: 0, lon: 0 } }))
    expect(ids(nodes)).to.deep.equal(['n00', 'n01', 'n02', 'n03', 'n04', 'n05', 'n06', 'n07'])
  })

  it('goes as far as it must where everything near is full', () => {
    const index = indexOf(equator(30, (at) => ({ seatsFree: at === 29 ? 1 : 0 })))
    expect(ids(index.look(look({ at: { lat: 0, lon: 0 } })).nodes)).to.include('n29')
  })

  it('sees the sites that it is told of, wherever they are', () => {
    const index = indexOf(equator(30))
    const { nodes, sites } = index.look(
      look({ at: { lat: 0, lon: 0 }, siteIds: ['N29@0.00,145.00', 'gone'] }),
    )
    expect(ids(nodes)).to.include('n29')
    expect(sites.map(({ id }) => id)).to.include('N29@0.00,145.00')
  })

  it('sees some that can when nothing is known of the player', () => {
    const index = indexOf(equator(30, (at) => ({ seatsFree: at === 17 ? 1 : 0 })))
    expect(ids(index.look(look()).nodes)).to.include('n17')
  })

  it('sees a few nodes of a large site: free ones, and one that keeps the title ready', () => {
    const large = Array.from({ length: 500 }, (_, at) =>
      nodeOf(`n${at}`, {
        siteName: 'One',
        siteId: 'One',
        seatsFree: at % 3 === 0 ? 2 : 0,
        ready: at % 5 === 0 ? ['other', 'game'] : ['other'],
      }),
    )
    const index = indexOf(large)
    const seen = new Map<string, number>()
    for (let session = 0; session < 50; session++) {
      const { nodes, warm } = index.look(look({ seed: `s${session}` }))
      expect(nodes.length).to.be.within(1, 3)
      for (const { seatsFree } of nodes) expect(seatsFree).to.equal(2)
      const readyOnes = nodes.filter(({ ready }) => ready.includes('game'))
      expect(warm).to.deep.equal(new Set(ids(readyOnes)))
      for (const nodeId of warm) seen.set(nodeId, (seen.get(nodeId) ?? 0) + 1)
    }
    expect(
      [...seen.values()].filter((times) => times === 50),
      'the same one for all',
    ).to.have.length(1)
  })

  it('sees the node that the title wants by the bounded load of its site, of those that keep it ready', () => {
    const node = fc.record({
      seats: fc.integer({ min: 1, max: 6 }),
      taken: fc.nat(6),
      keeps: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 12 }), fc.string(), (drawn, seed) => {
        const nodes = drawn.map(({ seats, taken, keeps }, at) =>
          nodeOf(`n${at}`, {
            siteName: 'One',
            siteId: 'One',
            seats,
            seatsFree: Math.max(0, seats - taken),
            ready: keeps ? ['game'] : [],
          }),
        )
        const busy = nodes.map(({ nodeId, seats, seatsFree }) => ({
          nodeId,
          seats,
          taken: seats - seatsFree,
        }))
        const load = {
          seats: busy.reduce((sum, { seats }) => sum + seats, 0),
          taken: busy.reduce((sum, { taken }) => sum + taken, 0),
        }
        const hasRoom = ({ seats, taken }: BusyNode): boolean => taken < mostTaken(seats, load)
        const keeping = new Set(nodes.flatMap(({ nodeId, ready }) => (ready.length > 0 ? nodeId : [])))
        const inOrder = titleOrder('game', busy.filter(hasRoom))
        const wanted = inOrder.find(({ nodeId }) => keeping.has(nodeId)) ?? inOrder[0]
        const seen = indexOf(nodes).look(look({ seed }))
        if (wanted !== undefined) expect(ids(seen.nodes)).to.include(wanted.nodeId)
        expect(wanted === undefined).to.equal(warmNode('game', busy) === null)
        for (const nodeId of seen.warm) expect(keeping).to.include(nodeId)
      }),
    )
  })

  it('passes over nodes that have refused, and still names them', () => {
    const pair = ['a', 'b'].map((nodeId) => nodeOf(nodeId, { siteName: 'One', siteId: 'One' }))
    const { nodes } = indexOf(pair).look(look({ refusedBy: new Set(['a']) }))
    expect(ids(nodes)).to.deep.equal(['a', 'b'])
  })

  it('counts no seat of a node that is about to stop', () => {
    const index = indexOf([
      nodeOf('a', { siteName: 'One', siteId: 'One', draining: true }),
      nodeOf('b', { siteName: 'One', siteId: 'One', seatsFree: 1 }),
    ])
    const { nodes, sites } = index.look(look())
    expect(ids(nodes)).to.deep.equal(['b'])
    expect(sites).to.deep.equal([{ id: 'One', lat: null, lon: null, use: 0.75 }])
  })

  it('sees only sites whose nodes may run the title before others', () => {
    const index = indexOf(equator(30, (at) => (at > 20 ? { country: 'DE' } : {})))
    const title = { id: 'game', latencyBudgetMs: null, allow: { countries: ['DE'] } }
    const { nodes } = index.look(look({ title, at: { lat: 0, lon: 0 } }))
    expect(nodes.filter(({ country }) => country === 'DE')).to.have.length(6)
  })
})

describe('the index of the fleet', () => {
  it('keeps the lists of nodes that are alike once, and every node’s own versions', () => {
    const told = (nodeId: string, version: string): NodeSnapshot =>
      nodeOf(nodeId, { titles: [{ id: 'game', version }], codecs: ['h264'] })
    const index = indexOf([told('a', '1'), told('b', '1'), told('c', '2')])
    index.put(told('b', '1'))
    expect(index.find('b')?.titles).to.equal(index.find('a')?.titles)
    expect(index.find('c')).to.deep.equal(told('c', '2'))
    index.put(told('b', '2'))
    expect(index.find('b')).to.deep.equal(told('b', '2'))
  })

  const anyChange = fc.record({
    node: fc.nat(11),
    kind: fc.constantFrom('put', 'put', 'put', 'remove'),
    site: fc.nat(3),
    seats: fc.integer({ min: 0, max: 3 }),
    taken: fc.nat(3),
    draining: fc.boolean(),
    titles: fc.subarray(['game', 'other']),
  })

  it('is, after any changes, what it would be if the nodes had come as they are now, in any order', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 60 }), anyPoint, (changes, at) => {
        const index = createFleetIndex()
        const now = new Map<string, NodeSnapshot>()
        for (const { node, kind, site, seats, taken, draining, titles } of changes) {
          const nodeId = `n${node}`
          if (kind === 'remove') {
            index.remove(nodeId)
            now.delete(nodeId)
            continue
          }
          const place = site === 3 ? {} : { lat: site * 10, lon: site * 10 }
          const snapshot = nodeOf(nodeId, {
            siteName: `S${site}`,
            ...place,
            seats,
            seatsFree: Math.max(0, seats - taken),
            draining,
            titles: titles.map((id) => ({ id, version: '1.0.0' })),
          })
          index.put(snapshot)
          now.set(nodeId, snapshot)
        }
        const fresh = indexOf([...now.values()].sort((a, b) => (a.nodeId < b.nodeId ? 1 : -1)))
        expect(index.size).to.equal(now.size)
        expect(index.sites()).to.deep.equal(fresh.sites())
        for (const asked of [look(), look({ at }), look({ at, seed: 'other', siteIds: ['S3'] })]) {
          const [seen, expected] = [index.look(asked), fresh.look(asked)]
          expect(ids(seen.nodes)).to.deep.equal(ids(expected.nodes))
          const byId = (x: { id: string }, y: { id: string }): number => (x.id < y.id ? -1 : 1)
          expect([...seen.sites].sort(byId)).to.deep.equal([...expected.sites].sort(byId))
          expect(seen.warm).to.deep.equal(expected.warm)
        }
      }),
    )
  })
})
