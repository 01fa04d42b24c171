import { importJWK, jwtVerify, type JWK } from 'jose'
import { decodeValue } from '../../config/protocol/decode.ts'
import { ticketClaims } from '../../config/protocol/ticket.ts'

/** Clocks of router and node may differ by this much. */
const clockToleranceS = 60

/**
 * Whether a player ticket is the router's own, still good, and for this session of this guest on this node.
 * @returns null when it is, else why not
 */
export async function ticketFault(
  ticket: string,
  key: Readonly<Record<string, unknown>>,
  expected: { readonly sessionId: string; readonly guestId: string; readonly nodeId: string },
): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(ticket, await importJWK(key as JWK, 'EdDSA'), {
      algorithms: ['EdDSA'],
      clockTolerance: clockToleranceS,
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
