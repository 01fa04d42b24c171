import { expect } from 'chai'
import type { NodeStatus, ToNode } from '../../config/protocol/nodeSocket.ts'
import { createFleet, type Fleet } from '../../server/fleet/fleet.ts'
import type { NodeLink } from '../../server/fleet/nodeRecord.ts'
import { openLog } from '../../server/log.ts'
import { createManualClock, type ManualClock } from './support/manualClock.ts'

const status = (change: Partial<NodeStatus> = {}): NodeStatus => ({
  kind: 'status',
  siteName: 'Here',
  lat: null,
  lon: null,
  draining: false,
  seats: [{ seatId: 0, state: 'free' }],
  titles: [],
  codecs: ['h264'],
  beacon: null,
  sessions: [],
  agentVersion: '1',
  ...change,
})

describe('the fleet', () => {
  let clock: ManualClock
  let fleet: Fleet
  let told: string[]
  beforeEach(() => {
    clock = createManualClock()
    fleet = createFleet({ clock, log: openLog('silent'), nodeLostMs: 10_000 })
    told = []
    fleet.listen({
      onStatus: (nodeId, _status, first) => void told.push(`${nodeId} ${first ? 'first' : 'again'}`),
      onSessionEvent: () => {},
      onCheck: () => {},
      onSignal: () => {},
      onLost: (nodeId) => void told.push(`${nodeId} lost`),
    })
  })
  afterEach(() => fleet.close())

  interface TestLink extends NodeLink {
    readonly sent: ToNode[]
    readonly closes: number[]
  }
  function connect(nodeId: string): TestLink {
    const sent: ToNode[] = []
    const closes: number[] = []
    const link: TestLink = {
      sent,
      closes,
      send: (message) => sent.push(message) > 0,
      close: (code) => void closes.push(code),
    }
    fleet.connect(nodeId, link, null)
    return link
  }
  const ask = { sessionId: 's', titleId: 't', codecs: ['h264' as const], holdMs: 1, timeoutMs: 2000 }

  it('has a node online from its first status to the end of its link', () => {
    const link = connect('n')
    expect(fleet.online()).to.have.length(0)
    fleet.receive('n', link, status())
    fleet.receive('n', link, status())
    expect(fleet.online().map(({ nodeId }) => nodeId)).to.deep.equal(['n'])
    fleet.disconnect('n', link)
    expect(fleet.online()).to.have.length(0)
    expect(told).to.deep.equal(['n first', 'n again'])
  })

  it('lets a node read the packages that it was last told to have, also when its link is new, until it is lost', () => {
    const packageOf = (treeId: string) => ({ titleId: 't', version: '1.0.0', treeId, sizeBytes: 1 })
    connect('n')
    expect(fleet.mayRead('n', 'a')).to.equal(false)
    fleet.send('n', { kind: 'install', packages: [packageOf('a'), packageOf('b')] })
    fleet.send('n', { kind: 'install', packages: [packageOf('b'), packageOf('c')] })
    fleet.disconnect('n', connect('n'))
    expect(['a', 'b', 'c'].map((treeId) => fleet.mayRead('n', treeId))).to.deep.equal([false, true, true])
    expect(fleet.mayRead('other', 'b')).to.equal(false)
    // What did not go out gives no right.
    fleet.send('n', { kind: 'install', packages: [packageOf('a')] })
    expect(fleet.mayRead('n', 'a')).to.equal(false)
    clock.pass(30_000)
    expect(fleet.mayRead('n', 'b')).to.equal(false)
  })

  it('loses a node that is away for the whole time, once', () => {
    fleet.disconnect('n', connect('n'))
    clock.pass(9_999)
    expect(told).to.deep.equal([])
    clock.pass(20_000)
    expect(told).to.deep.equal(['n lost'])
  })

  it('keeps a node that is heard, and loses it when it falls silent though its link stands', () => {
    const link = connect('n')
    for (let beat = 0; beat < 20; beat += 1) {
      clock.pass(5_000)
      fleet.heard('n')
    }
    expect(told).to.deep.equal([])
    clock.pass(10_000)
    expect(told).to.deep.equal(['n lost'])
    expect(link.closes).to.deep.equal([4408])
  })

  it('loses nobody because this machine slept', () => {
    connect('n')
    clock.sleep(3_600_000)
    clock.pass(1)
    expect(told).to.deep.equal([])
    clock.pass(10_000)
    expect(told).to.deep.equal(['n lost'])
  })

  it('does not believe a status that comes late', () => {
    const link = connect('n')
    fleet.receive('n', link, status({ seq: 7, draining: true }))
    fleet.receive('n', link, status({ seq: 6, draining: false }))
    expect(fleet.online()[0]?.draining).to.equal(true)
  })

  it('loses a node that it expected and that never came', () => {
    fleet.expect('n')
    clock.pass(10_000)
    expect(told).to.deep.equal(['n lost'])
  })

  it('answers a question once: by the node, by time, or by its absence', async () => {
    const link = connect('n')
    const [first, second, third] = [1, 2, 3].map(() => fleet.reserve('n', ask))
    const questions = link.sent.flatMap((message) => (message.kind === 'reserve' ? [message.requestId] : []))
    const reserved = { kind: 'reserved', leaseId: 'l', fence: 3, seatId: 0, expiresAtMs: 1 } as const
    fleet.receive('n', link, { ...reserved, requestId: questions[0] ?? '' })
    expect(await first).to.deep.equal({ ok: true, leaseId: 'l', fence: 3 })
    clock.pass(2_000)
    expect(await second).to.deep.equal({ ok: false, why: 'no answer in time' })
    expect(await third).to.deep.equal({ ok: false, why: 'no answer in time' })
    const sent = link.sent.length
    fleet.receive('n', link, { ...reserved, requestId: questions[0] ?? '' })
    expect(link.sent.length, 'an answer that comes twice gives nothing back').to.equal(sent)
    const late = { requestId: questions[1] ?? '', leaseId: 'l' }
    fleet.receive('n', link, { ...reserved, ...late })
    expect(link.sent.at(-1)).to.deep.equal({ kind: 'release', ...late })
    const fourth = fleet.reserve('n', ask)
    fleet.disconnect('n', link)
    expect(await fourth).to.deep.equal({ ok: false, why: 'disconnected' })
    expect(await fleet.reserve('n', ask)).to.deep.equal({ ok: false, why: 'not connected' })
    expect(await fleet.reserve('nobody', ask)).to.deep.equal({ ok: false, why: 'not connected' })
  })

  it("takes no answer of one node for another's", async () => {
    const [link, other] = [connect('n'), connect('other')]
    const asked = fleet.reserve('n', ask)
    const [question] = link.sent
    const requestId = question?.kind === 'reserve' ? question.requestId : ''
    fleet.receive('other', other, { kind: 'refused', requestId, reason: 'no-seat' })
    fleet.receive('n', link, { kind: 'refused', requestId, reason: 'draining' })
    expect(await asked).to.deep.equal({ ok: false, why: 'draining' })
  })

  it('counts a seat as taken while it is asked for, and no longer', async () => {
    const link = connect('n')
    fleet.receive('n', link, status({ seats: [0, 1, 2].map((seatId) => ({ seatId, state: 'free' })) }))
    const seatsFree = (): number | undefined => fleet.index.find('n')?.seatsFree
    const asked = [fleet.reserve('n', ask), fleet.reserve('n', ask)]
    expect(seatsFree()).to.equal(1)
    clock.pass(2000)
    await Promise.all(asked)
    expect(seatsFree(), 'no answer came').to.equal(3)
    await fleet.reserve('nobody', ask)
    expect(fleet.index.find('nobody')).to.equal(null)
  })

  it('counts a seat that it was just given as taken until the node says more', async () => {
    const link = connect('n')
    fleet.receive('n', link, status())
    const asked = fleet.reserve('n', ask)
    const question = link.sent.at(-1)
    const requestId = question?.kind === 'reserve' ? question.requestId : ''
    fleet.receive('n', link, {
      kind: 'reserved',
      requestId,
      leaseId: 'l',
      fence: 1,
      seatId: 0,
      expiresAtMs: 1,
    })
    await asked
    expect(fleet.online()[0]?.seatsFree).to.equal(0)
    expect(fleet.counts()).to.deep.equal({ connected: 1, seats: { free: 0, reserved: 1, busy: 0 } })
    fleet.receive('n', link, status())
    expect(fleet.online()[0]?.seatsFree).to.equal(1)
  })

  it('hears only the newest link of a node', () => {
    const older = connect('n')
    const newer = connect('n')
    expect(older.closes).to.deep.equal([4409])
    fleet.receive('n', older, status())
    fleet.disconnect('n', older)
    expect(told).to.deep.equal([])
    expect(fleet.counts().connected).to.equal(1)
    fleet.receive('n', newer, status())
    expect(told).to.deep.equal(['n first'])
  })

  it('lets those who wait for a node go on when one comes, or when none does', async () => {
    const some = fleet.someoneOnline(5_000)
    fleet.receive('n', connect('n'), status())
    await some
    const none = fleet.someoneOnline(5_000)
    clock.pass(5_000)
    await none
  })
})
