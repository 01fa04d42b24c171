import * as z from 'zod/mini'
import { id } from './ids.ts'

/**
 * Claims of a player ticket, a JWT (EdDSA) that the router signs and the node checks with the `ticketKey` it was given:
 * good for one session of one guest on one node, until `exp` (seconds).
 */
export const ticketClaims = z.object({
  /** Guest. */
  sub: id,
  /** Session. */
  sid: id,
  node: id,
  exp: z.int(),
})
