import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import { type LiveSession, nodeOf } from './live.ts'
import type { Placing } from './placing.ts'
import type { Serving } from './serving.ts'

/** What becomes of sessions whose node is lost. */
export interface Losing {
  /** The game is begun anew on another node, or the session ends as `edge-gone` where nobody is there to play it. */
  lose(live: LiveSession, nodeId: string, detail: string | null): Promise<void>
}

/** A session that loses one node after the other may be what kills them. */
const mostLost = 3

export function createLosing(
  { clock, log, saves }: SessionContext,
  keeper: Keeper,
  placing: Placing,
  serving: Serving,
): Losing {
  return {
    async lose(live, nodeId, detail) {
      const outcome = await live.run(async () => {
        const { state, id } = live.row
        if (nodeOf(live) !== nodeId || !('fence' in state)) return 'has moved'
        if (state.kind === 'held') {
          await keeper.advance(live, { kind: 'refuse' })
          return 'waits'
        }
        const isAway = state.kind === 'suspended' && live.followers.size === 0
        if (isAway || (live.past.again?.times ?? 0) >= mostLost) return 'ends'
        const begun = state.kind !== 'reserved' && state.kind !== 'starting'
        live.startSent = false
        live.namedByNode = false
        live.forNode.keepLatestPeers()
        const saved = await saves.areKept(id)
        await keeper.advance(live, { kind: 'lose', nodeId, begun, atMs: clock.now(), saved })
        log.info({ session: id, node: nodeId }, 'session begins anew')
        return 'begins anew'
      })
      if (outcome === 'ends') await keeper.end(live, 'edge-gone', detail)
      if (outcome === 'begins anew') await placing.place(live, null)
      if (outcome === 'waits') serving.soon()
    },
  }
}
