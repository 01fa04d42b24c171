import * as z from 'zod/mini'
import { id, titleId } from './ids.ts'

/**
 * Claims of a player ticket, a JWT (EdDSA) that the router signs and the node checks with the `ticketKey` it was given:
 * good for this one session of this one guest on this one node, until `exp` (seconds).
 */
export const ticketClaims = z.object({
  /** Session. */
  jti: id,
  /** Guest. */
  sub: id,
  /** Node. */
  aud: id,
  titleId,
  exp: z.int(),
})
export type TicketClaims = z.infer<typeof ticketClaims>
