import { randomBytes } from 'node:crypto'
import type { HostNode, HostNodes, JoinOffer } from '../../config/protocol/hosts.ts'
import { joinSecret, joinTokenText } from '../../config/protocol/joinToken.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { tokenHash } from '../fleet/identity.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { NodeStore, StoredNode } from '../store/store.ts'

/** Organisations that bring nodes of their own. */
export interface Hosts {
  /** @param routerUrl where the node will find the network, `http(s)://host[:port]` */
  offer(orgId: string, routerUrl: string): Promise<JoinOffer>
  nodes(orgId: string): Promise<HostNodes>
}

const tokenLifeMs = 24 * 3_600_000
/** Whoever just came has shown nothing yet. */
const newcomer = 'community'

export function createHosts({
  store,
  fleet,
  clock,
}: {
  readonly store: NodeStore
  readonly fleet: Pick<Fleet, 'online'>
  readonly clock: Pick<Clock, 'now'>
}): Hosts {
  return {
    async offer(orgId, routerUrl) {
      const secret = joinSecret(randomBytes(32).toString('base64url'))
      const atMs = clock.now()
      const expiresAtMs = atMs + tokenLifeMs
      await store.offerToken({ hash: tokenHash(secret), host: orgId, atMs, trust: newcomer, expiresAtMs })
      return { token: joinTokenText({ secret, routerUrl }), expiresAtMs }
    },
    async nodes(orgId) {
      const online = new Map(fleet.online().map((node) => [node.nodeId, node]))
      const stored = await store.ofHost(orgId)
      return { nodes: stored.map((node) => hostNodeOf(node, online.get(node.id) ?? null)) }
    },
  }
}

const hostNodeOf = ({ id, enrolledAtMs, trust }: StoredNode, now: NodeSnapshot | null): HostNode => ({
  nodeId: id,
  joinedAtMs: enrolledAtMs,
  trust,
  now:
    now === null
      ? null
      : {
          siteName: now.siteName,
          country: now.country,
          draining: now.draining,
          seats: now.seats,
          seatsFree: now.seatsFree,
          titles: new Set(now.titles.map(({ id: titleId }) => titleId)).size,
        },
})
