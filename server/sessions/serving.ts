import { NearcadeError } from '../../config/errors.ts'
import type { PlacementCandidate, PlacementReport } from '../../config/protocol/placement.ts'
import { explain } from '../placement/decideWords.ts'
import { planSurge } from '../placement/surge.ts'
import { clickToPhotonMs } from '../queue/prospect.ts'
import { heads, served } from '../queue/queue.ts'
import { createRounds } from '../queue/rounds.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { Line } from './line.ts'
import type { LiveSession } from './live.ts'
import type { Starter } from './starter.ts'
import { versionOf } from './versionOf.ts'
import type { Weighing } from './weighing.ts'

/** Seats that come free, given to those in line. */
export interface Serving {
  /** Seats may have come free, or somebody has come who could use one that is. */
  soon(): void
  /** Whether the free seats of this site that this player might have are for those in line. */
  isWanted(siteId: string, live: LiveSession): boolean
  /**
   * Gets a seat of this node for a session in line and takes it at once.
   * @returns false when the node says no, or the session does not wait any more
   */
  seat(live: LiveSession, report: PlacementReport, nodeId: string): Promise<boolean>
  /**
   * The player takes the held seat. Repeating it changes nothing.
   * @throws NearcadeError choice-gone when there is none, or it was lost: then the session keeps its place in line
   */
  confirm(live: LiveSession): Promise<void>
}

/** A node that is up answers in milliseconds. */
const answerWithinMs = 2_000
/** The node keeps a held seat for longer than the player has, so that the last moment counts too. */
const holdSlackMs = 10_000
/** Who has only just come is there and need not be asked. */
const promptMs = 10_000
/** Heads of the lines that one round plans for. */
const headsAtOnce = 200
/** A round costs many decisions; seats that come free meanwhile wait for the next. */
const roundEveryMs = 100
/** Of the plan; it falls back to one by one. */
const planWithinMs = 50

export function createServing(
  context: SessionContext,
  keeper: Keeper,
  weighing: Weighing,
  line: Line,
  starter: Starter,
): Serving {
  const { store, clock, count, fleet, log, pricing, settings } = context
  /** Nodes that are being asked, and how often at once. */
  const asking = new Map<string, number>()
  const beingServed = new Set<LiveSession>()
  const rounds = createRounds()
  let isDue = false

  const freeOn = (nodeId: string): number => {
    const node = fleet.index.find(nodeId)
    return node === null || node.draining ? 0 : node.seatsFree - (asking.get(nodeId) ?? 0)
  }

  /** Seats that nobody is being asked for, of all sites that have any. */
  function freeSites(): ReadonlyMap<string, number> {
    const free = new Map<string, number>()
    for (const { id, seatsFree } of fleet.index.supply()) if (seatsFree > 0) free.set(id, seatsFree)
    for (const [nodeId, asked] of asking) {
      const node = fleet.index.find(nodeId)
      if (node === null || node.draining) continue
      const left = (free.get(node.siteId) ?? 0) - Math.min(asked, node.seatsFree)
      if (left > 0) free.set(node.siteId, left)
      else free.delete(node.siteId)
    }
    return free
  }

  function soon(): void {
    if (isDue || keeper.isClosing || line.queue.size === 0) return
    isDue = true
    void keeper.pause(roundEveryMs).then(() => {
      isDue = false
      if (!keeper.isClosing) round()
    })
  }

  /** All free seats and the heads of all lines at once: the earliest are served, each as near as can be for all together. */
  function round(): void {
    const free = freeSites()
    rounds.begin(free, clock.now())
    if (free.size === 0) return
    // Who is being served does not get a second seat through another window.
    const guests = new Set(Array.from(beingServed, ({ row }) => row.guestId))
    const reports = new Map<string, { report: PlacementReport; able: readonly PlacementCandidate[] }>()
    const entries = heads(
      line.queue,
      ({ sessionId, guestId }) => {
        const live = keeper.find(sessionId)
        if (live === null || guests.has(guestId)) return false
        const reach = live.wait.prospect?.reach ?? null
        if (!rounds.isWorth(live, reach)) return false
        const report = weighing.weigh(live, 'agreed')
        const able = (report?.candidates ?? []).filter(
          ({ nodeId, ruledOut }) => ruledOut === null && freeOn(nodeId) > 0,
        )
        if (report !== null) reports.set(sessionId, { report, able })
        // A node that said no just now may soon say yes.
        if (able.length > 0 || live.wait.refusedUntilMs.size === 0)
          rounds.weighed(
            live,
            reach,
            able.map(({ siteId }) => siteId),
          )
        return able.length > 0
      },
      headsAtOnce,
    )
    if (rounds.isCut) soon()
    const nodeIds = new Set([...reports.values()].flatMap(({ able }) => able.map(({ nodeId }) => nodeId)))
    const plan = planSurge({
      players: entries.map(({ sessionId }) => ({
        id: sessionId,
        costsMs: new Map(
          (reports.get(sessionId)?.able ?? []).map((candidate) => [
            candidate.nodeId,
            clickToPhotonMs(candidate),
          ]),
        ),
      })),
      sites: [...nodeIds].map((nodeId) => {
        const { seats = 0, siteId = '' } = fleet.index.find(nodeId) ?? {}
        return { id: nodeId, seats, taken: seats - freeOn(nodeId), priceMs: pricing.of(siteId) }
      }),
      nowMs: () => performance.now(),
      budgetMs: planWithinMs,
    })
    for (const [sessionId, nodeId] of plan.placed) {
      const live = keeper.find(sessionId)
      const report = reports.get(sessionId)?.report
      if (live !== null && report !== undefined) void offer(live, report, nodeId)
    }
  }

  /** Holds a seat for somebody in line; who has only just come takes it at once. */
  function offer(live: LiveSession, report: PlacementReport, nodeId: string): Promise<void> {
    const { state } = live.row
    const isPrompt = state.kind === 'waiting' && Math.abs(clock.now() - state.sinceMs) < promptMs
    return alone(live, async () => {
      if (!(await hold(live, report, nodeId))) soon()
      else if (isPrompt || live.past.again?.begun === true) await take(live)
    })
  }

  /** One thing at a time is done about a session's wait. */
  function alone(live: LiveSession, task: () => Promise<void>): Promise<void> {
    const running = keeper.background(live, task).finally(() => {
      if (live.wait.busy !== running) return
      live.wait.busy = null
      beingServed.delete(live)
    })
    live.wait.busy = running
    beingServed.add(live)
    return running
  }

  async function ask(live: LiveSession, nodeId: string): Promise<{ leaseId: string; fence: number } | null> {
    asking.set(nodeId, (asking.get(nodeId) ?? 0) + 1)
    const { id, titleId, build, request } = live.row
    const reply = await fleet.reserve(nodeId, {
      sessionId: id,
      titleId,
      ...versionOf(build),
      codecs: request.codecs,
      holdMs: settings.confirmMs + holdSlackMs,
      timeoutMs: answerWithinMs,
    })
    const others = (asking.get(nodeId) ?? 1) - 1
    if (others === 0) asking.delete(nodeId)
    else asking.set(nodeId, others)
    if (reply.ok) return reply
    log.info({ session: id, node: nodeId, why: reply.why }, 'node refused')
    weighing.refused(live, nodeId)
    return null
  }

  async function hold(live: LiveSession, report: PlacementReport, nodeId: string): Promise<boolean> {
    const { state } = live.row
    if (state.kind !== 'waiting') return false
    // A round decides for many before the first of them has their seat.
    if (!weighing.mayHave(live, nodeId)) return false
    const lease = await ask(live, nodeId)
    if (lease === null || keeper.isClosing) return false
    const { leaseId, fence } = lease
    const entry = { ...state, sessionId: live.row.id, guestId: live.row.guestId }
    const others = served(line.queue, entry, clock.now()).moved
    const isHeld = await live.run(async () => {
      const placement = chosen(report, nodeId)
      const confirmByMs = clock.now() + settings.confirmMs
      const before = live.row
      if (live.row.state.kind === 'waiting') {
        await store.sessions.putPlacement(live.row.id, placement)
        live.row = { ...live.row, placement }
      }
      if (await keeper.advance(live, { kind: 'hold', nodeId, leaseId, fence, confirmByMs })) return true
      live.row = { ...live.row, placement: before.placement }
      return false
    })
    if (isHeld) line.moveBack(others)
    else fleet.send(nodeId, { kind: 'release', leaseId })
    return isHeld
  }

  /** Asks the node once more: it answers with the same lease, or with another one if it has forgotten that. */
  async function take(live: LiveSession): Promise<boolean> {
    const { state } = live.row
    if (state.kind !== 'held') return false
    const { nodeId } = state
    const lease = await ask(live, nodeId)
    const isTaken = await live.run(async () => {
      const now = live.row.state
      if (now.kind !== 'held') return false
      if (lease === null) {
        await keeper.advance(live, { kind: 'refuse' })
        return false
      }
      const { leaseId, fence } = lease
      if (leaseId !== now.leaseId || fence !== now.fence) {
        await keeper.advance(live, { kind: 'refuse' })
        await keeper.advance(live, { kind: 'hold', nodeId, leaseId, fence, confirmByMs: now.confirmByMs })
      }
      return keeper.advance(live, { kind: 'confirm' })
    })
    if (isTaken) {
      count.placed(clock.now() - live.row.createdAtMs)
      await starter.start(live)
    } else if (lease !== null) fleet.send(nodeId, { kind: 'release', leaseId: lease.leaseId })
    soon()
    return isTaken
  }

  return {
    soon,
    isWanted(siteId, live) {
      const wanting = line.queue.size === 0 ? 0 : line.wanting(siteId)
      if (wanting === 0) return false
      const holds = context.holds.against(live.row)?.(siteId) ?? []
      // What is held for an event is for nobody in line but its own, and these are served at once.
      if (holds.some(({ isOwn, seats }) => isOwn && seats > 0)) return false
      const held = holds.reduce((sum, { seats }) => sum + seats, 0)
      const nodes = fleet.index.at(siteId)
      return nodes.reduce((sum, { nodeId }) => sum + Math.max(0, freeOn(nodeId)), 0) - held <= wanting
    },
    async seat(live, report, nodeId) {
      while (live.wait.busy !== null) await live.wait.busy
      let isSeated = false
      await alone(live, async () => {
        isSeated = (await hold(live, report, nodeId)) && (await take(live))
      })
      return isSeated
    },
    async confirm(live) {
      while (live.wait.busy !== null) await live.wait.busy
      const { state } = live.row
      if ('fence' in state && state.kind !== 'held') return
      let isTaken = false
      if (state.kind === 'held')
        await alone(live, async () => {
          isTaken = await take(live)
        })
      if (!isTaken) throw new NearcadeError('choice-gone', ['no seat is held for you'])
    },
  }
}

/** The report of a decision that was made for many players at once. */
function chosen(report: PlacementReport, nodeId: string): PlacementReport {
  if (report.chosenNodeId === nodeId) return report
  const own = report.candidates.find((candidate) => candidate.nodeId === nodeId)
  if (own === undefined) return { ...report, chosenNodeId: nodeId }
  const candidates = [own, ...report.candidates.filter((candidate) => candidate !== own)]
  return { ...report, chosenNodeId: nodeId, candidates, inWords: explain(candidates, own) }
}
