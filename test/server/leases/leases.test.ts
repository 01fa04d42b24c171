import { expect } from 'chai'
import fc from 'fast-check'
import type { ToNode } from '../../../config/protocol/nodeSocket.ts'
import { confirmMs, createWorld, leaseMs, type ModelNode, type Process, type World } from './world.ts'

const nth = fc.nat(30)
const node = fc.nat(2)
const ms = fc.constantFrom(200, 200, 1_000, 2_000, 3_000, 5_000, 12_000, 45_000)
const what = fc.constantFrom('node' as const, 'router' as const)

/** Everything that may happen, as data, so that a failure is told by the shortest list of steps that leads to it. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deliver' as const), node, to: what }) },
  { weight: 14, arbitrary: fc.record({ kind: fc.constant('deliver all' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose' as const), node, to: what }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('repeat' as const), node, to: what }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('replay' as const), node, to: what, nth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), node }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('dial' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill node' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart router' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('set clock' as const),
      node: fc.nat(3),
      byMs: fc.integer({ min: -7_200_000, max: 7_200_000 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('play' as const), guest: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('choose' as const),
      nth,
      choice: fc.constantFrom('confirm' as const, 'leave' as const, 'queue' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), nth }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('game' as const),
      node,
      nth,
      does: fc.constantFrom('ready' as const, 'exits' as const, 'is gone' as const),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

const past = 200

function hear(world: World, at: ModelNode, to: 'node' | 'router'): boolean {
  if (to === 'node') {
    const message = at.toNode.shift()
    if (message === undefined) return false
    at.pastToNode.push(message)
    at.pastToNode.splice(0, at.pastToNode.length - past)
    world.hearRouter(at, message)
    return true
  }
  const message = at.toRouter.shift()
  if (message === undefined) return false
  at.pastToRouter.push(message)
  at.pastToRouter.splice(0, at.pastToRouter.length - past)
  world.hearNode(at, message)
  return true
}

async function deliverAll(world: World): Promise<void> {
  for (let rounds = 0; rounds < 50; rounds += 1) {
    let heard = 0
    for (const at of world.nodes) {
      while (hear(world, at, 'node')) heard += 1
      await world.settle()
      while (hear(world, at, 'router')) heard += 1
    }
    await world.settle()
    if (heard === 0) return
  }
}

/** Processes that were told to end have done so and are gone at last. */
function tidy(at: ModelNode): void {
  for (const process of at.processes.splice(0)) {
    if (process.toEnd !== null) over(at, process)
    if (process.ended) at.desk.gone(process.seatId)
    else at.processes.push(process)
  }
}

function over(at: ModelNode, process: Process): void {
  if (process.ended) return
  process.ended = true
  const { sessionId, leaseId, toEnd } = process
  const end = { reason: toEnd ?? 'game-exited', detail: null, atMs: at.clock.now() } as const
  at.desk.record(sessionId, { kind: 'end', ...end }, leaseId)
}

async function run(world: World, one: Step): Promise<void> {
  const at = 'node' in one ? world.nodes[one.node % world.nodes.length] : undefined
  const [first] = world.nodes
  const near = at ?? first
  if (near === undefined) return
  const open = [...world.open()].filter(({ state }) => state.kind !== 'ended')
  switch (one.kind) {
    case 'deliver':
      hear(world, near, one.to)
      return
    case 'deliver all':
      return deliverAll(world)
    case 'lose':
      ;(one.to === 'node' ? near.toNode : near.toRouter).shift()
      return
    case 'repeat': {
      const [next] = one.to === 'node' ? near.toNode : near.toRouter
      if (next !== undefined) (one.to === 'node' ? near.toNode : near.toRouter).push(next as never)
      return
    }
    case 'replay':
      if (one.to === 'node') {
        const message = near.pastToNode[one.nth % Math.max(1, near.pastToNode.length)]
        if (message !== undefined) world.hearRouter(near, message)
      } else {
        const message = near.pastToRouter[one.nth % Math.max(1, near.pastToRouter.length)]
        if (message !== undefined) world.hearNode(near, message)
      }
      return
    case 'cut':
      return world.cut(near)
    case 'dial':
      return world.dial(near)
    case 'kill node':
      return world.killNode(near)
    case 'restart router':
      return world.restartRouter()
    case 'set clock':
      ;(world.nodes[one.node]?.clock ?? world.clock).jump(one.byMs)
      return
    case 'pass':
      return world.pass(one.ms)
    case 'play':
      void world.play(one.guest)
      return
    case 'choose': {
      const row = open[one.nth % Math.max(1, open.length)]
      if (row !== undefined)
        void world
          .sessions()
          .choose(row.guestId, row.id, { kind: one.choice })
          .catch(() => undefined)
      return
    }
    case 'end': {
      const row = open[one.nth % Math.max(1, open.length)]
      if (row !== undefined) void world.sessions().end(row.guestId, row.id)
      return
    }
    case 'game': {
      if (one.does === 'is gone') return tidy(near)
      const process = near.processes[one.nth % Math.max(1, near.processes.length)]
      if (process === undefined || process.ended) return
      if (one.does === 'ready') near.desk.record(process.sessionId, { kind: 'ready' }, process.leaseId)
      else over(near, process)
      return
    }
    default:
      one satisfies never
  }
}

/** The longest that a seat may stay with a lease that the router does not stand by. */
const longestHoldMs = confirmMs + 10_000
const slackMs = 45_000

/** Since when each lease of a node has had no session in the store that has it. */
function watchLeaks(world: World, since: Map<string, number>): void {
  const stoodBy = new Set<string>()
  for (const { id, state } of world.open()) {
    if (!('leaseId' in state)) continue
    const name = `${state.nodeId} ${state.leaseId}`
    expect(stoodBy.has(name), `two sessions have ${name}, ${id} one of them`).to.equal(false)
    stoodBy.add(name)
  }
  const seen = new Set<string>()
  for (const at of world.nodes) {
    const leases = new Set<string>()
    for (const { state } of at.desk.seats) {
      if (state.kind === 'free') continue
      const { leaseId, sessionId } = state.lease
      expect(leases.has(leaseId), 'a lease has one seat').to.equal(false)
      leases.add(leaseId)
      if (state.kind === 'busy' && state.ending) continue
      expect(leases.has(sessionId), 'a session has one live seat of a node').to.equal(false)
      leases.add(sessionId)
      const name = `${at.nodeId} ${leaseId}`
      if (stoodBy.has(name)) continue
      seen.add(name)
      const sinceMs = since.get(name) ?? at.clock.monotonic()
      since.set(name, sinceMs)
      const boundMs = (state.kind === 'reserved' ? longestHoldMs : leaseMs) + slackMs
      expect(at.clock.monotonic() - sinceMs, `${name} is ${state.kind} for nobody`).to.be.at.most(boundMs)
    }
  }
  for (const name of since.keys()) if (!seen.has(name)) since.delete(name)
}

/** The network heals: everybody talks to everybody again, and within a minute all agree. */
async function heal(world: World): Promise<void> {
  for (let round = 0; round < 30; round += 1) {
    for (const at of world.nodes) {
      if (at.link === null) world.dial(at)
      tidy(at)
    }
    await deliverAll(world)
    world.pass(2_000)
    await deliverAll(world)
  }
}

/** Free seats that somebody waits for. */
function idle(world: World): number {
  const free = world.nodes.flatMap(({ desk }) => desk.seats.filter(({ state }) => state.kind === 'free'))
  const waiting = [...world.open()].filter(({ state }) => state.kind === 'waiting')
  return Math.min(free.length, waiting.length)
}

describe('leases between a router and its nodes', function () {
  this.timeout(180_000)

  it('are never double-booked and never leaked, whatever is lost, repeated, late, restarted, killed or set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }), async (steps) => {
        const world = await createWorld([1, 2, 1])
        const since = new Map<string, number>()
        try {
          await deliverAll(world)
          for (const one of steps) {
            await run(world, one)
            await world.settle()
            watchLeaks(world, since)
          }
          await heal(world)
          watchLeaks(world, since)
          for (const { id, state } of world.open()) {
            if (state.kind === 'ended') continue
            expect(state.kind, `${id} is stuck`).not.to.be.oneOf(['requested', 'placed', 'reserved'])
            if (!('leaseId' in state) || state.kind === 'held') continue
            const at = world.nodes.find(({ nodeId }) => nodeId === state.nodeId)
            const has = at?.desk.seats.some(
              (seat) => seat.state.kind === 'busy' && seat.state.lease.leaseId === state.leaseId,
            )
            expect(has, `${id} is ${state.kind} for the router alone`).to.equal(true)
          }
          // A seat that has only just come free is given away a moment later.
          for (let moment = 0; idle(world) > 0; moment += 1) {
            expect(moment, 'moments with free seats while somebody waits').to.be.at.most(10)
            world.pass(300)
            await deliverAll(world)
          }
        } finally {
          await world.close()
        }
      }),
      { numRuns: 400 },
    )
  })

  it('are the same however often a session asks for one', async () => {
    const world = await createWorld([2, 1, 1])
    const at = world.nodes[0]
    if (at === undefined) throw new Error('no node')
    const ask = (requestId: string): ToNode => ({
      kind: 'reserve',
      requestId,
      sessionId: 's',
      titleId: 'game',
      codecs: ['h264'],
      holdMs: 20_000,
    })
    const answers = async (): Promise<string[]> => {
      await world.settle()
      return at.toRouter.flatMap((message) => (message.kind === 'reserved' ? [message.leaseId] : []))
    }
    for (const requestId of ['a', 'b', 'b']) at.desk.receive(ask(requestId))
    expect(new Set(await answers()).size).to.equal(1)
    expect(at.desk.seats.filter(({ state }) => state.kind === 'reserved')).to.have.length(1)
    const [leaseId = ''] = await answers()
    at.desk.receive({ kind: 'release', leaseId, requestId: 'a' })
    await world.settle()
    expect(
      at.desk.seats.some(({ state }) => state.kind === 'reserved'),
      'a late release',
    ).to.equal(true)
    at.clock.jump(86_400_000)
    at.clock.pass(19_000)
    expect(
      at.desk.seats.some(({ state }) => state.kind === 'reserved'),
      'a clock that was set',
    ).to.equal(true)
    at.clock.pass(1_000)
    expect(at.desk.seats.every(({ state }) => state.kind === 'free')).to.equal(true)
    at.desk.receive(ask('c'))
    expect(new Set(await answers()).size).to.equal(2)
    await world.close()
  })

  it('end at the node when no router has stood by them for long enough, and not before', async () => {
    const world = await createWorld([1, 1, 1])
    void world.play(0)
    await world.settle()
    await deliverAll(world)
    const at = world.nodes.find(({ processes }) => processes.length === 1)
    if (at === undefined) throw new Error('nothing runs')
    world.pass(2_000)
    await deliverAll(world)
    world.cut(at)
    at.clock.pass(leaseMs - 1)
    expect(at.processes[0]?.toEnd).to.equal(null)
    at.clock.pass(1)
    expect(at.processes[0]?.toEnd).to.equal('internal')
    await world.close()
  })
})
