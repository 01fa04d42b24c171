import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { secretFile } from './keyFile.ts'

const lifetimeS = 60

/** Signs what lets one guest's session begin on one node: `{ sub: guest, sid, node, exp, jti }`, EdDSA. */
export interface TicketOffice {
  /** JWK that nodes verify tickets with. */
  readonly publicKey: Readonly<Record<string, unknown>>
  issue(ticket: { guestId: string; sessionId: string; nodeId: string }): Promise<string>
}

/** The key lives in `dataDir/keys/ticket.pem`, made at the first start. */
export async function openTicketOffice(dataDir: string, clock: Clock): Promise<TicketOffice> {
  const pem = await secretFile(path.join(dataDir, 'keys', 'ticket.pem'), async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    return exportPKCS8(privateKey)
  })
  const key = await importPKCS8(pem, 'EdDSA', { extractable: true })
  const { d: _secret, ...publicKey } = await exportJWK(key)
  return {
    publicKey: { ...publicKey, alg: 'EdDSA', use: 'sig' },
    issue({ guestId, sessionId, nodeId }) {
      const nowS = Math.floor(clock.now() / 1000)
      return new SignJWT({ sid: sessionId, node: nodeId })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(guestId)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + lifetimeS)
        .setJti(randomUUID())
        .sign(key)
    },
  }
}
