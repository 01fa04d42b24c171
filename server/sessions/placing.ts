import type { SessionEvent } from '../../config/protocol/session.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import { type Line, nodesComeWithinMs } from './line.ts'
import type { LiveSession } from './live.ts'
import type { Serving } from './serving.ts'
import type { Starter } from './starter.ts'
import { versionOf } from './versionOf.ts'
import type { Weighing } from './weighing.ts'

/** From a request to a seat: decide, ask the node, and ask the next one when it says no; into the line when none is free. */
export interface Placing {
  /** @param ip where the player comes from, null when that is not known any more */
  place(live: LiveSession, ip: string | null): Promise<void>
}

/** A node that is up answers in milliseconds; after this long the next one is asked. */
const answerWithinMs = 2_000
/** The order to start follows at once, unless the connection breaks in between. */
const holdMs = 15_000
/** Where so many nodes say no in a row, the line is the better place. */
const mostAsked = 8

export function createPlacing(
  context: SessionContext,
  keeper: Keeper,
  parts: { weighing: Weighing; line: Line; serving: Serving; starter: Starter },
): Placing {
  const { store, fleet, clock, log, count, settings } = context
  const { weighing, line, serving, starter } = parts
  const settledAtMs = clock.monotonic() + Math.min(nodesComeWithinMs, settings.nodeLostMs)

  /** After a restart, nodes that are known need a moment to come back. */
  async function waitForNodes(): Promise<void> {
    const leftMs = settledAtMs - clock.monotonic()
    if (leftMs <= 0 || fleet.index.size > 0 || !(await store.nodes.any())) return
    await fleet.someoneOnline(leftMs)
  }

  /** Into the line, or to the end where there is nothing to wait for. */
  async function wait(live: LiveSession): Promise<void> {
    const inWords = live.row.placement?.inWords ?? null
    if (live.onlyNode !== null) return keeper.end(live, 'no-seat-free', inWords)
    if (await line.enter(live)) return serving.soon()
    if (keeper.isClosing) return
    if (fleet.index.size === 0) {
      const wasLost = live.past.again !== null
      return keeper.end(live, wasLost ? 'edge-gone' : 'no-node-online', wasLost ? null : inWords)
    }
    const isFull =
      live.row.placement?.candidates.some(({ ruledOut }) => ruledOut === 'no-seat' || ruledOut === 'held') ===
      true
    return keeper.end(live, isFull ? 'no-seat-free' : 'nothing-in-reach', inWords)
  }

  return {
    async place(live, ip) {
      const beganMs = clock.monotonic()
      const { id, titleId, build, request } = live.row
      if (live.row.state.kind === 'placed') await live.run(() => keeper.advance(live, { kind: 'refuse' }))
      await waitForNodes()
      await weighing.locate(live, ip)
      if (ip !== null) weighing.counted(live)
      /** What is written with the seat that it led to: until then nothing has come of it. */
      const tried: SessionEvent[] = []
      for (let asked = 0; !keeper.isClosing; asked += 1) {
        const report = weighing.weigh(live, 'agreed')
        if (report === null) {
          await keeper.end(live, 'nothing-in-reach', 'This title is not offered any more.')
          return
        }
        const nodeId = report.chosenNodeId
        const siteId = nodeId === null ? null : (fleet.index.find(nodeId)?.siteId ?? null)
        if (nodeId === null || asked === mostAsked || (siteId !== null && serving.isWanted(siteId, live))) {
          await live.run(async () => {
            if (tried.length > 0) return keeper.advanceBy(live, tried, report)
            await store.sessions.putPlacement(id, report)
            live.row = { ...live.row, placement: report }
          })
          return wait(live)
        }
        tried.push({ kind: 'place', nodeId })
        const reply = await fleet.reserve(nodeId, {
          sessionId: id,
          titleId,
          ...versionOf(build),
          codecs: request.codecs,
          holdMs,
          timeoutMs: answerWithinMs,
        })
        if (keeper.isClosing) return
        if (!reply.ok) {
          log.info({ session: id, node: nodeId, why: reply.why }, 'node refused')
          weighing.refused(live, nodeId)
          if (live.row.state.kind !== 'requested') return
          tried.push({ kind: 'refuse' })
          continue
        }
        const { leaseId, fence } = reply
        tried.push({ kind: 'reserve', leaseId, fence })
        const reserved = await live.run(() => keeper.advanceBy(live, tried, report))
        if (!reserved) {
          fleet.send(nodeId, { kind: 'release', leaseId })
          return
        }
        weighing.seated(live)
        count.placed(clock.monotonic() - beganMs)
        return starter.start(live)
      }
    },
  }
}
