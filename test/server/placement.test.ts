import { expect } from 'chai'
import fc from 'fast-check'
import type { ProbeResult } from '../../config/protocol/placement.ts'
import { decide, type DecisionInput } from '../../server/placement/decide.ts'
import { distanceKm, estimateRttMs } from '../../server/placement/distance.ts'
import { isPublicAddress, plainAddress } from '../../server/placement/geoPrior.ts'
import { pickSpread, shortlist } from '../../server/placement/shortlist.ts'
import { snapshotOf, toProbeTarget, type NodeSnapshot } from '../../server/placement/snapshot.ts'

const node = (nodeId: string, change: Partial<NodeSnapshot> = {}): NodeSnapshot => ({
  nodeId,
  siteName: nodeId.toUpperCase(),
  lat: null,
  lon: null,
  draining: false,
  seatsFree: 1,
  titles: [{ id: 'game', version: '1.0.0' }],
  codecs: ['h264', 'vp8'],
  beacon: { addresses: ['127.0.0.1'], port: 1, ufrag: 'u', password: 'p' },
  ...change,
})
const probe = (nodeId: string, rttMs: number | null): ProbeResult => ({
  nodeId,
  rttMs,
  jitterMs: null,
  samples: 3,
  via: 'stun',
})
const ask = (nodes: readonly NodeSnapshot[], change: Partial<DecisionInput> = {}): DecisionInput => ({
  sessionId: 's',
  nowMs: 1,
  titleId: 'game',
  codecs: ['h264'],
  nodes,
  probes: [],
  playerAt: null,
  refusedBy: new Set(),
  ...change,
})
const berlin = { lat: 52.5, lon: 13.4 }
const paris = { lat: 48.9, lon: 2.35 }
const tokyo = { lat: 35.7, lon: 139.7 }

describe('the placement decision', () => {
  const table: readonly (readonly [string, DecisionInput, string | null])[] = [
    ['nothing, when no node is online', ask([]), null],
    ['the only node, whatever is unknown of it', ask([node('a')]), 'a'],
    [
      'the lowest measured round trip',
      ask([node('a'), node('b')], { probes: [probe('a', 20), probe('b', 5)] }),
      'b',
    ],
    [
      'a measured node rather than one that nobody knows anything of',
      ask([node('a'), node('b')], { probes: [probe('b', 200)] }),
      'b',
    ],
    [
      'the nearer one by distance where nothing was measured',
      ask([node('a', tokyo), node('b', paris)], { playerAt: berlin }),
      'b',
    ],
    [
      'a measurement rather than the estimate of the same node',
      ask([node('a', paris), node('b', tokyo)], {
        playerAt: berlin,
        probes: [probe('a', 300), probe('b', 250)],
      }),
      'b',
    ],
    [
      'a node that answers rather than a near one that was probed in vain',
      ask([node('a', paris), node('b', tokyo)], {
        playerAt: berlin,
        probes: [probe('a', null), probe('b', 250)],
      }),
      'b',
    ],
    [
      'any node that was probed in vain, when none answered (UDP may be blocked)',
      ask([node('a')], { probes: [probe('a', null)] }),
      'a',
    ],
    [
      'more free seats between equals',
      ask([node('a', { seatsFree: 1 }), node('b', { seatsFree: 3 })], {
        probes: [probe('a', 5), probe('b', 5)],
      }),
      'b',
    ],
    ['the lower id between full equals', ask([node('b'), node('a')]), 'a'],
    ['no node without a free seat', ask([node('a', { seatsFree: 0 })]), null],
    ['no node without the title', ask([node('a', { titles: [] })]), null],
    ['no node whose video the player cannot decode', ask([node('a', { codecs: ['vp8'] })]), null],
    ['no node that is about to stop', ask([node('a', { draining: true })]), null],
    ['no node that has refused', ask([node('a')], { refusedBy: new Set(['a']) }), null],
    [
      'a far able node rather than a near one that is full',
      ask([node('a', { seatsFree: 0 }), node('b')], { probes: [probe('a', 1), probe('b', 90)] }),
      'b',
    ],
    [
      'probes of nodes that are gone count for nothing',
      ask([node('a')], { probes: [probe('ghost', 1)] }),
      'a',
    ],
  ]
  for (const [what, input, expected] of table) {
    it(`picks ${what}`, () => expect(decide(input).chosenNodeId).to.equal(expected))
  }

  it('says in plain words what it chose, what it passed over, and why', () => {
    const report = decide(
      ask([node('a'), node('b', { seatsFree: 0 }), node('c', { titles: [] })], { probes: [probe('a', 4)] }),
    )
    expect(report.inWords).to.equal(
      'A, 4.0 ms away as your browser measured it: the only node that can run the game now. ' +
        'Passed over: C does not have the game; B has no free seat.',
    )
    expect(decide(ask([node('b', { seatsFree: 0 })])).inWords).to.equal(
      'No node can take you: B has no free seat.',
    )
    expect(decide(ask([])).inWords).to.equal('No node is online.')
  })

  it('weighs every node openly, best first, and scores none that is ruled out', () => {
    const { candidates } = decide(
      ask([node('full', { seatsFree: 0 }), node('far', tokyo), node('near', paris)], { playerAt: berlin }),
    )
    expect(candidates.map(({ nodeId }) => nodeId)).to.deep.equal(['near', 'far', 'full'])
    expect(candidates.map(({ rttSource }) => rttSource)).to.deep.equal(['prior', 'prior', 'unknown'])
    expect(candidates.map(({ scoreMs }) => scoreMs === null)).to.deep.equal([false, false, true])
    expect(candidates[0]?.distanceKm).to.be.within(850, 900)
  })

  it('never picks a node that a hard limit rules out, and does not depend on the order of nodes', () => {
    const anyNode = fc.record({
      seatsFree: fc.nat(2),
      draining: fc.boolean(),
      hasTitle: fc.boolean(),
      refused: fc.boolean(),
      rttMs: fc.option(fc.integer({ min: 0, max: 50 })),
    })
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 8 }), (drawn) => {
        const nodes = drawn.map(({ seatsFree, draining, hasTitle }, index) =>
          node(`n${index}`, {
            seatsFree,
            draining,
            titles: hasTitle ? [{ id: 'game', version: '1.0.0' }] : [],
          }),
        )
        const probes = drawn.map(({ rttMs }, index) => probe(`n${index}`, rttMs))
        const refusedBy = new Set(
          nodes.filter((_, index) => drawn[index]?.refused).map(({ nodeId }) => nodeId),
        )
        const { chosenNodeId } = decide(ask(nodes, { probes, refusedBy }))
        const again = decide(ask([...nodes].reverse(), { probes, refusedBy }))
        expect(again.chosenNodeId).to.equal(chosenNodeId)
        const able = nodes.filter(
          (one) => one.seatsFree > 0 && !one.draining && one.titles.length > 0 && !refusedBy.has(one.nodeId),
        )
        if (able.length === 0) expect(chosenNodeId).to.equal(null)
        else expect(able.map(({ nodeId }) => nodeId)).to.include(chosenNodeId)
      }),
    )
  })
})

describe('distances', () => {
  it('are great circles', () => {
    expect(distanceKm(berlin, paris)).to.be.closeTo(878, 10)
    expect(distanceKm(berlin, berlin)).to.equal(0)
    expect(distanceKm({ lat: 0, lon: 179 }, { lat: 0, lon: -179 })).to.be.closeTo(222, 2)
  })
  it('make round trips that no light in fibre could beat', () => {
    for (const km of [0, 100, 5000, 20_000]) expect(estimateRttMs(km)).to.be.greaterThan(km / 100)
  })
})

describe('the addresses that have a place', () => {
  for (const ip of [
    '10.0.0.1',
    '127.0.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fd00::1',
    'nonsense',
    '',
  ]) {
    it(`do not include ${ip || 'an empty text'}`, () => expect(isPublicAddress(ip)).to.equal(false))
  }
  for (const ip of ['8.8.8.8', '172.32.0.1', '2001:4860:4860::8888']) {
    it(`include ${ip}`, () => expect(isPublicAddress(ip)).to.equal(true))
  }
  it('are read through the IPv6 form of IPv4', () => {
    expect(plainAddress('::ffff:8.8.8.8')).to.equal('8.8.8.8')
    expect(plainAddress('2001:db8::1')).to.equal('2001:db8::1')
  })
})

describe('the shortlist of probes', () => {
  const many = Array.from({ length: 60 }, (_, index) =>
    node(`n${String(index).padStart(2, '0')}`, { lat: 0, lon: index * 3 - 90 }),
  )
  const never = (): Promise<null> => Promise.reject(new Error('nobody had to be located'))

  it('is every able node while there are few, without asking where the player is', async () => {
    const nodes = [node('a'), node('b', { beacon: null }), node('c', { draining: true })]
    expect((await shortlist(nodes, never)).map(({ nodeId }) => nodeId)).to.deep.equal(['a'])
  })

  it('is the nearest ones and a few far apart when there are many', async () => {
    const picked = await shortlist(many, () => Promise.resolve({ lat: 0, lon: -90 }))
    const ids = picked.map(({ nodeId }) => nodeId)
    expect(ids).to.have.length(20)
    expect(ids.slice(0, 16)).to.deep.equal(many.slice(0, 16).map(({ nodeId }) => nodeId))
    expect(ids[16], 'the first anchor is the farthest of all').to.equal('n59')
    expect(new Set(ids).size).to.equal(20)
  })

  it('works without any place', () => {
    const nowhere = many.map((one) => ({ ...one, lat: null, lon: null }))
    expect(pickSpread(nowhere, null)).to.have.length(16)
    expect(pickSpread(many, null)).to.have.length(20)
  })
})

describe('a node as the router sees it', () => {
  it('counts free seats only, and is a probe target only with a beacon', () => {
    const snapshot = snapshotOf('n', {
      kind: 'status',
      siteName: 'Here',
      lat: 1,
      lon: 2,
      draining: false,
      seats: [
        { seatId: 0, state: 'free' },
        { seatId: 1, state: 'busy' },
        { seatId: 2, state: 'reserved' },
      ],
      titles: [],
      codecs: [],
      beacon: null,
      sessions: [],
      agentVersion: '1',
    })
    expect(snapshot.seatsFree).to.equal(1)
    expect(toProbeTarget(snapshot)).to.deep.equal([])
    expect(toProbeTarget(node('a'))).to.deep.equal([
      { nodeId: 'a', siteName: 'A', addresses: ['127.0.0.1'], port: 1, ufrag: 'u', password: 'p' },
    ])
  })
})
