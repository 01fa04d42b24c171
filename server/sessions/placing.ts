import { decide } from '../placement/decide.ts'
import type { Point } from '../placement/distance.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { LiveSession } from './live.ts'

/** From a request to a seat: decide, ask the node, and ask the next one when it says no. */
export interface Placing {
  /** @param ip where the player comes from, null when that is not known any more */
  place(live: LiveSession, ip: string | null): Promise<void>
  /** Orders the node that holds a seat for it to start. Repeating it changes nothing there. */
  start(live: LiveSession): Promise<void>
}

/** A node that is up answers in milliseconds; after this long the next one is asked. */
const answerWithinMs = 2_000
/** The order to start follows at once, unless the connection breaks in between. */
const holdMs = 15_000
/** A guess of the place is not worth a longer wait. */
const priorWithinMs = 300
/** Nodes come back within a second or two of a router's restart. */
const nodesComeWithinMs = 3_000

export function createPlacing(context: SessionContext, keeper: Keeper): Placing {
  const { store, fleet, prior, tickets, clock, log, count, settings } = context
  const settledAtMs = clock.now() + Math.min(nodesComeWithinMs, settings.nodeLostMs)

  async function guessPlace(live: LiveSession, ip: string | null): Promise<Point | null> {
    const { probes } = live.row.request
    const unmeasured = fleet
      .online()
      .some(({ nodeId }) => !probes.some((probe) => probe.nodeId === nodeId && probe.rttMs !== null))
    if (ip === null || !unmeasured) return null
    return Promise.race([prior.lookup(ip), keeper.pause(priorWithinMs).then(() => null)])
  }

  /** After a restart, nodes that are known need a moment to come back. */
  async function waitForNodes(): Promise<void> {
    const leftMs = settledAtMs - clock.now()
    if (leftMs <= 0 || fleet.online().length > 0 || !(await store.nodes.any())) return
    await fleet.someoneOnline(leftMs)
  }

  async function start(live: LiveSession): Promise<void> {
    await live.run(async () => {
      const { state, id, titleId, guestId, request } = live.row
      if (state.kind !== 'reserved') return
      const ticket = await tickets.issue({ guestId, sessionId: id, nodeId: state.nodeId })
      const { leaseId, fence, nodeId } = state
      const { graceMs, idleMs, idleWarningMs } = settings
      const sent = fleet.send(nodeId, {
        kind: 'start',
        sessionId: id,
        leaseId,
        fence,
        titleId,
        guestId,
        ticket,
        stream: request.stream,
        graceMs,
        idleMs,
        idleWarningMs,
      })
      // Not sent: the node's next first status finds the session missing there and starts it again.
      if (!sent) return
      live.startSent = true
      live.forNode.release((signal) => fleet.send(nodeId, { kind: 'signal', sessionId: id, signal }))
    })
  }

  return {
    async place(live, ip) {
      const beganMs = clock.now()
      const { id, titleId, request } = live.row
      const refusedBy = new Set<string>()
      if (live.row.state.kind === 'placed') await live.run(() => keeper.advance(live, { kind: 'refuse' }))
      await waitForNodes()
      const playerAt = await guessPlace(live, ip)
      while (!keeper.isClosing) {
        const nodes = fleet.online()
        const report = decide({
          sessionId: id,
          nowMs: clock.now(),
          titleId,
          codecs: request.codecs,
          nodes,
          probes: request.probes,
          playerAt,
          refusedBy,
        })
        await live.run(async () => {
          await store.sessions.putPlacement(id, report)
          live.row = { ...live.row, placement: report }
        })
        const nodeId = report.chosenNodeId
        if (nodeId === null) {
          await keeper.end(live, nodes.length === 0 ? 'no-node-online' : 'no-seat-free', report.inWords)
          return
        }
        const placed = await live.run(() => keeper.advance(live, { kind: 'place', nodeId }))
        if (!placed) return
        const reply = await fleet.reserve(nodeId, {
          sessionId: id,
          titleId,
          codecs: request.codecs,
          holdMs,
          timeoutMs: answerWithinMs,
        })
        if (keeper.isClosing) return
        if (!reply.ok) {
          log.info({ session: id, node: nodeId, why: reply.why }, 'node refused')
          refusedBy.add(nodeId)
          if (!(await live.run(() => keeper.advance(live, { kind: 'refuse' })))) return
          continue
        }
        const { leaseId, fence } = reply
        const reserved = await live.run(() => keeper.advance(live, { kind: 'reserve', leaseId, fence }))
        if (!reserved) {
          fleet.send(nodeId, { kind: 'release', leaseId })
          return
        }
        count.placed(clock.now() - beganMs)
        return start(live)
      }
    },
    start,
  }
}
