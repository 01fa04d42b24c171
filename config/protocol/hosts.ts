import * as z from 'zod/mini'
import { id, timeMs } from './ids.ts'
import { trustClass } from './placement.ts'

/** `GET /api/orgs/:orgId/nodes`: the nodes of an organisation, oldest first. */
export const hostNode = z.object({
  nodeId: id,
  joinedAtMs: timeMs,
  /** Null: nothing that asks for trust runs there. */
  trust: z.nullable(trustClass),
  /** As it says of itself; null: it is not connected. */
  now: z.nullable(
    z.object({
      siteName: z.string(),
      country: z.nullable(z.string()),
      draining: z.boolean(),
      seats: z.int(),
      seatsFree: z.int(),
      titles: z.int(),
    }),
  ),
})
export type HostNode = z.infer<typeof hostNode>

export const hostNodes = z.object({ nodes: z.array(hostNode) })
export type HostNodes = z.infer<typeof hostNodes>

/** `POST /api/orgs/:orgId/nodes/tokens`: what lets one machine join. It is shown once, and takes the place of the last one that was not used. */
export const joinOffer = z.object({
  /** `nce_<secret>@<address>` (joinToken.ts). */
  token: z.string(),
  expiresAtMs: timeMs,
})
export type JoinOffer = z.infer<typeof joinOffer>
