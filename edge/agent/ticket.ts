import { importJWK, jwtVerify, type JWK } from 'jose'
import { decodeValue } from '../../config/protocol/decode.ts'
import { ticketClaims } from '../../config/protocol/ticket.ts'

/** What is left of the clocks' difference: the way of the router's time to us, and what they drift until the next connection. */
const clockToleranceS = 60

/**
 * Whether a player ticket is the router's own, still good, and for this session of this guest on this node.
 * @param nowMs by the router's clock
 * @returns null when it is, else why not
 */
export async function ticketFault(
  ticket: string,
  key: Readonly<Record<string, unknown>>,
  expected: { readonly sessionId: string; readonly guestId: string; readonly nodeId: string },
  nowMs: number,
): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(ticket, await importJWK(key as JWK, 'EdDSA'), {
      algorithms: ['EdDSA'],
      clockTolerance: clockToleranceS,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp'],
    })
    const claims = decodeValue(ticketClaims, payload)
    if (!claims.ok) return claims.error.details.join('; ')
    const { sid, sub, node } = claims.value
    return sid === expected.sessionId && sub === expected.guestId && node === expected.nodeId
      ? null
      : 'the ticket is for another session'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
