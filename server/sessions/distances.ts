import type { NodeSession } from '../../config/protocol/nodeSocket.ts'
import { prefixOf, subscriberOf } from '../placement/routing/prefix.ts'
import type { SessionContext } from './context.ts'
import type { LiveSession } from './live.ts'

/** What nodes measure of the way to their players, for the history of the players' networks. */
export interface Distances {
  /** A node that has this session says how far away its player is. */
  hear(live: LiveSession, nodeId: string, distance: NonNullable<NodeSession['distance']>): void
}

/** Half a minute of play: by then one of them met no queue. */
const leastSamples = 30
/** One subscriber counts once in this time for one site, whatever is played: a browser can make its way look longer or shorter. */
const everyMs = 3_600_000
/** Subscribers and sites that are remembered. */
const mostRemembered = 50_000

export function createDistances({
  fleet,
  routing,
  clock,
  log,
}: Pick<SessionContext, 'fleet' | 'routing' | 'clock' | 'log'>): Distances {
  /** When each subscriber counted for a site last, the latest at the end. */
  const counted = new Map<string, number>()

  function isFirst(key: string): boolean {
    const nowMs = clock.monotonic()
    const lastMs = counted.get(key)
    if (lastMs !== undefined && nowMs - lastMs < everyMs) return false
    counted.delete(key)
    counted.set(key, nowMs)
    const [oldest] = counted.keys()
    if (counted.size > mostRemembered && oldest !== undefined) counted.delete(oldest)
    return true
  }

  return {
    hear(live, nodeId, { address, rttMs, samples }) {
      if (live.ip === null || live.row.state.kind !== 'playing' || samples < leastSamples) return
      // A relay has another address than the player's page came from, and the way over it is not the player's way.
      const prefix = prefixOf(address)
      if (prefix === null || prefix !== prefixOf(live.ip)) return
      const siteId = fleet.index.find(nodeId)?.siteId
      if (siteId === undefined || !isFirst(`${subscriberOf(address)} ${siteId}`)) return
      routing.learnSession(address, nodeId, rttMs).catch((cause: unknown) => {
        log.warn({ err: cause, session: live.row.id }, 'a round trip could not be noted')
      })
    },
  }
}
