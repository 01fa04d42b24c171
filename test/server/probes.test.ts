import { expect } from 'chai'
import { probeTargets } from '../../config/protocol/api.ts'
import type { ProbeResult } from '../../config/protocol/placement.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from './support/fakeNode.ts'
import { type Answer, request } from './support/fakePlayer.ts'
import { createManualClock, type ManualClock } from './support/manualClock.ts'
import { openTestBed, type TestBed } from './support/testRouter.ts'

describe('where to probe', function () {
  this.timeout(60_000)
  let bed: TestBed
  let router: Router
  let clock: ManualClock
  let nodes: FakeNode[]

  beforeEach(async () => {
    // What one test measures is history to the next one on the same store.
    bed = await openTestBed()
    clock = createManualClock()
    router = await bed.start({}, clock)
    nodes = []
    for (const siteName of ['Berlin', 'Berlin', 'Paris'])
      nodes.push(await connectNode(router.port, { key: await bed.enrolledKey(), status: { siteName } }))
    await sitesProbed(2)
  })
  afterEach(async () => {
    for (const node of nodes) await node.close()
    await router.close()
    await bed.close()
  })

  const ask = (body?: unknown): Promise<Answer> =>
    request(router.port, body === undefined ? 'GET' : 'POST', '/api/probes', body)
  const targetsOf = ({ body }: Answer) => probeTargets.parse(body).targets
  async function sitesProbed(count: number): Promise<void> {
    for (;;) {
      if (targetsOf(await ask()).length === count) return
      await new Promise((resolve) => setTimeout(resolve, 10))
      clock.pass(1_000)
    }
  }
  const result = (nodeId: string, change: Partial<ProbeResult> = {}): ProbeResult => ({
    nodeId,
    rttMs: 10,
    jitterMs: 1,
    samples: 3,
    via: 'stun',
    ...change,
  })

  it('is one node of each site, until all were measured', async () => {
    const targets = targetsOf(await ask())
    expect(targets.map(({ siteName }) => siteName).sort()).to.deep.equal(['Berlin', 'Paris'])
    const [first, second] = targets
    const next = targetsOf(await ask({ results: [result(first?.nodeId ?? '')] }))
    expect(next.every(({ nodeId }) => nodeId === second?.nodeId)).to.equal(true)
    expect(targetsOf(await ask({ results: targets.map(({ nodeId }) => result(nodeId)) }))).to.deep.equal([])
  })

  it('is nowhere else for somebody whom UDP does not reach', async () => {
    const [first] = targetsOf(await ask())
    const blocked = result(first?.nodeId ?? '', { via: 'websocket' })
    expect(targetsOf(await ask({ results: [blocked] }))).to.deep.equal([])
  })

  it('is answered to well-formed questions, and to so many of one address', async () => {
    for (const body of [{}, { results: 'x' }, { results: [], more: 1 }, { results: [result('a b')] }])
      expect((await ask(body)).code).to.equal('bad-request')
    const many = { results: Array.from({ length: 65 }, (_, n) => result(`n${n}`)) }
    expect((await ask(many)).code).to.equal('bad-request')
    let refused: Answer | null = null
    for (let nth = 0; nth < 300 && refused === null; nth += 1) {
      const answer = await ask()
      if (answer.status === 429) refused = answer
    }
    expect(refused?.headers.get('retry-after')).to.equal('1')
  })

  it('is also told to the nodes, of each other: one of each site', async () => {
    clock.pass(5_000)
    const [berlin, , paris] = nodes as [FakeNode, FakeNode, FakeNode]
    const peers = await berlin.socket.next('peers')
    expect(peers.targets.map(({ nodeId }) => nodeId)).to.deep.equal([paris.key.nodeId])
    expect((await paris.socket.next('peers')).targets.map(({ nodeId }) => nodeId)).to.deep.equal([
      berlin.key.nodeId,
    ])
    berlin.socket.send({ kind: 'pings', results: [{ nodeId: paris.key.nodeId, rttMs: 12, samples: 3 }] })
    berlin.socket.send({ kind: 'pings', results: [{ nodeId: paris.key.nodeId, rttMs: -1, samples: 3 }] })
    expect((await berlin.socket.next('error')).error.code).to.equal('bad-message')
  })

  it('passes nothing on of a node but what belongs into a browser’s description', async () => {
    const [berlin] = nodes as [FakeNode]
    const beacon = { addresses: ['127.0.0.1'], port: 9, ufrag: 'ufrag', password: 'password' }
    for (const bad of [
      { ...beacon, addresses: ['127.0.0.1\r\na=candidate:9'] },
      { ...beacon, addresses: ['example.org'] },
      { ...beacon, port: 0 },
      { ...beacon, ufrag: 'a b' },
      { ...beacon, password: 'x\r\nm=video' },
    ]) {
      berlin.status({ beacon: bad })
      expect((await berlin.socket.next('error')).error.code, JSON.stringify(bad)).to.equal('bad-message')
    }
  })
})
