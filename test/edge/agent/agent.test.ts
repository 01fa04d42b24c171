import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { pino } from 'pino'
import { type EdgeSettings, parseEdgeSettings } from '../../../config/settings/edge.ts'
import { type Agent, type AgentOverrides, startAgent } from '../../../edge/agent/agent.ts'
import { type FakeRouter, startFakeRouter } from './fakeRouter.ts'

const title = 'latency-lab'
const entry = fileURLToPath(new URL('fakeSession.ts', import.meta.url))

describe('the node agent', () => {
  let dataDir: string
  let router: FakeRouter
  let agent: Agent

  const start = (env: Record<string, string> = {}, overrides: AgentOverrides = {}): Promise<Agent> => {
    const settings: EdgeSettings = parseEdgeSettings({
      NEARCADE_ROUTER_URL: router.url,
      NEARCADE_DATA: dataDir,
      NEARCADE_SEATS: '2',
      NEARCADE_WARM_SEATS: '0',
      ...env,
    })
    return startAgent(settings, {
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
      sessionEnv: { PATH: process.env['PATH'] ?? '' },
      sessionEntry: entry,
      ...overrides,
    })
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'nearcade-agent-'))
    router = await startFakeRouter()
    agent = await start()
    await agent.accepted
  })
  afterEach(async () => {
    await agent.close()
    await router[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  /** The first status for which `test` holds. */
  const status = (test: Parameters<typeof router.hear<'status'>>[1]) => router.hear('status', test)

  it('proves who it is and describes itself', async () => {
    const auth = await router.hear('auth')
    expect(auth.nodeId).to.equal(agent.nodeId)
    const said = await status(() => true)
    expect(said.seats.map(({ state }) => state)).to.deep.equal(['free', 'free'])
    expect(said.titles.map(({ id }) => id)).to.include(title)
    expect(said.beacon).to.include({ port: agent.beaconPort })
    expect(said.codecs).to.deep.equal(['h264', 'vp8'])
  })

  it('keeps titles ready that it is asked to, and says so', async () => {
    expect((await status(() => true)).ready).to.deep.equal([])
    router.say({ kind: 'keep', titleIds: [title, 'unknown'] })
    expect((await status(({ ready }) => ready !== undefined && ready.length > 0)).ready).to.deep.equal([
      title,
    ])
    router.say({ kind: 'keep', titleIds: [] })
    const before = router.heard.length
    await status((one) => router.heard.indexOf(one) >= before && one.ready?.length === 0)
  })

  it('holds a seat, starts on it, relays signals, and frees it after the end', async () => {
    await router.start('s1', title)
    await router.event('s1', 'ready')
    expect(router.status()?.seats.map(({ state }) => state)).to.include('busy')
    router.say({ kind: 'signal', sessionId: 's1', signal: { kind: 'offer', peerId: 'p', sdp: 'offer' } })
    expect((await router.hear('signal')).signal).to.include({ kind: 'answer', peerId: 'p' })
    router.say({ kind: 'end', sessionId: 's1', reason: 'player-ended' })
    expect(await router.event('s1', 'end')).to.include({ reason: 'player-ended' })
    const after = router.heard.length
    await status(
      (one) => router.heard.indexOf(one) >= after && one.seats.every(({ state }) => state === 'free'),
    )
  })

  it('refuses what it cannot do, with the reason', async () => {
    expect(await router.reserve('s1', 'no-such-title')).to.include({ reason: 'title-missing' })
    await router.reserve('a', title)
    await router.reserve('b', title)
    expect(await router.reserve('c', title)).to.include({ reason: 'no-seat' })
  })

  it('answers a repeated reservation with the same lease, and a repeated start with nothing', async () => {
    const first = await router.reserve('s1', title)
    const second = await router.reserve('s1', title)
    if (first.kind === 'refused' || second.kind === 'refused') throw new Error('refused')
    expect(second.leaseId).to.equal(first.leaseId)
    const start = await router.startOf('s1', title, first)
    router.say(start)
    router.say(start)
    await router.event('s1', 'ready')
    router.say(start)
    await router.reserve('s2', title)
    const starts = router.heard.filter((one) => one.kind === 'session-event' && one.event.kind === 'start')
    expect(starts).to.have.length(1)
  })

  it('ends a session whose hold ran out, whose ticket is bad, or whose fence is old', async () => {
    const held = await router.reserve('late', title, 1)
    await status((one) => one.seats.every(({ state }) => state === 'free') && router.heard.includes(held))
    router.say(await router.startOf('late', title, held))
    expect(await router.event('late', 'end')).to.include({ reason: 'node-failed' })
    await router.start('forged', title, { ticket: 'a.b.c' })
    expect(await router.event('forged', 'end')).to.include({ reason: 'node-failed' })
    await router.start('other', title, { guestId: 'somebody-else' })
    expect(await router.event('other', 'end')).to.include({ reason: 'node-failed' })
    await router.start('old', title, { fence: 1 })
    expect(await router.event('old', 'end')).to.include({ reason: 'node-failed' })
  })

  it('gives a held seat back when asked', async () => {
    const held = await router.reserve('s1', title)
    if (held.kind === 'refused') throw new Error('refused')
    router.say({ kind: 'release', leaseId: held.leaseId })
    await router.reserve('s2', title)
    expect((await router.reserve('s3', title)).kind).to.equal('reserved')
  })

  it('tells how a session process ended that said nothing', async () => {
    await router.start('crash', title)
    expect(await router.event('crash', 'end')).to.include({
      reason: 'session-crashed',
      detail: 'exit code 7',
    })
    await router.start('unprepared', title)
    expect(await router.event('unprepared', 'end')).to.include({ reason: 'node-failed' })
  })

  it('keeps events until they are seen, and ended sessions in its status, over a lost connection', async () => {
    router.acknowledge = false
    await router.start('crash', title)
    await router.event('crash', 'end')
    const before = router.heard.length
    router.cut()
    const again = await status((one) => router.heard.indexOf(one) >= before)
    expect(again.sessions[0]).to.deep.include({ sessionId: 'crash', eventSeq: 1 })
    expect(again.sessions[0]?.state).to.include({ kind: 'ended', reason: 'session-crashed' })
    const repeated = await router.hear('session-event', (one) => router.heard.indexOf(one) >= before)
    expect(repeated).to.deep.include({ sessionId: 'crash', seq: 1 })
    const seenAt = router.heard.length
    router.say({ kind: 'seen', sessionId: 'crash', seq: 1 })
    await status((one) => router.heard.indexOf(one) >= seenAt && one.sessions.length === 0)
  })

  it('keeps playing while the router is away, and finds a new one at the same address', async () => {
    await router.start('s1', title)
    await router.event('s1', 'ready')
    const { port } = router
    await router[Symbol.asyncDispose]()
    router = await startFakeRouter(port)
    const said = await router.hear('status')
    expect(said.sessions[0]).to.deep.include({ sessionId: 's1' })
    expect(said.sessions[0]?.state.kind).to.equal('ready')
  })

  it('dials again when the router falls silent', async () => {
    router.heartbeatMs = 50
    router.cut()
    await router.hear('auth', (one) => router.heard.indexOf(one) > 0)
    const { connections } = router
    router.mute()
    await router.connection(connections + 1)
  })

  it('counts what it does not understand and goes on', async () => {
    for (const bad of ['', '{}', '[1]', '{"kind":"reserve"}', 'x'.repeat(70_000)]) router.say(bad)
    expect((await router.reserve('s1', title)).kind).to.equal('reserved')
    const metrics = await (await fetch(`http://127.0.0.1:${agent.httpPort}/metrics`)).text()
    expect(metrics).to.match(/nearcade_edge_router_bad_messages 5/)
  })

  it('rejects an offer to a session that it does not have', async () => {
    router.say({ kind: 'signal', sessionId: 'none', signal: { kind: 'offer', peerId: 'p', sdp: 'offer' } })
    expect((await router.hear('signal')).signal).to.deep.equal({
      kind: 'rejected',
      peerId: 'p',
      code: 'connect-failed',
    })
  })

  it('says how it is on /healthz, and nothing elsewhere', async () => {
    const at = (where: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${agent.httpPort}${where}`, init)
    expect(await (await at('/healthz')).json()).to.deep.include({ ok: true, online: true, seats: 2 })
    expect((await at('/nothing')).status).to.equal(404)
    expect((await at('/healthz', { method: 'POST' })).status).to.equal(405)
  })

  it('ends its sessions before it stops, and closes at once when forced', async () => {
    await router.start('s1', title)
    await router.start('stuck-1', title)
    await router.event('s1', 'ready')
    const closed = agent.close()
    expect(await router.event('s1', 'end')).to.include({ reason: 'node-stopped' })
    agent.force()
    await closed
    expect(router.heard.find((one) => one.kind === 'status' && one.draining)).not.to.equal(undefined)
  })

  it('ends a start that takes too long', async () => {
    await agent.close()
    agent = await start({}, { times: { startMs: 30 } })
    await agent.accepted
    await router.start('stuck-2', title)
    expect(await router.event('stuck-2', 'end')).to.include({ reason: 'start-timeout' })
  })

  it('keeps a spare process ready and puts another in its place', async () => {
    await agent.close()
    agent = await start({ NEARCADE_WARM_SEATS: '1' })
    await agent.accepted
    await router.start('s1', title)
    await router.event('s1', 'ready')
    await router.start('s2', title)
    await router.event('s2', 'ready')
  })

  it('leaves no folder of a session behind', async () => {
    await router.start('s1', title)
    await router.event('s1', 'ready')
    await agent.close()
    const left = (await readdir(tmpdir())).filter(
      (name) => name.startsWith('nearcade-run-') && name.includes(`-${process.pid}-`),
    )
    expect(left).to.deep.equal([])
  })
})
