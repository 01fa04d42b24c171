import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Actor } from '../../config/accounts.ts'
import { NearcadeError } from '../../config/errors.ts'
import type { ApiKeyView, MadeApiKey, NewApiKey } from '../../config/protocol/account.ts'
import type { Clock } from '../clock.ts'
import type { AccountStore, StoredKey } from '../store/accountStore.ts'
import { keyPrefix } from './access.ts'

const dayMs = 24 * 3_600_000
const minuteMs = 60_000
/** Of one organisation, revoked ones aside. */
const maxKeys = 50
const shownChars = keyPrefix.length + 4

/** Keys with which programs act for an organisation. Only their hashes are kept: 256 random bits need no slow one. */
export interface Keys {
  /** @throws NearcadeError too-many-keys */
  make(orgId: string, wanted: NewApiKey, accountId: string): Promise<MadeApiKey>
  list(orgId: string): Promise<readonly ApiKeyView[]>
  /** False: there is no such key any more. */
  revoke(orgId: string, keyId: string): Promise<boolean>
  /** Null for what is no key, or none any more. */
  actorOf(key: string): Promise<Extract<Actor, { kind: 'key' }> | null>
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

export function createKeys(store: AccountStore, clock: Clock): Keys {
  const isGood = ({ revokedAtMs, expiresAtMs }: StoredKey): boolean =>
    revokedAtMs === null && (expiresAtMs === null || expiresAtMs > clock.now())

  return {
    async make(orgId, { name, scopes, expiresInDays }, accountId) {
      if ((await store.keys(orgId)).filter(isGood).length >= maxKeys) throw new NearcadeError('too-many-keys')
      const key = `${keyPrefix}${randomBytes(32).toString('base64url')}`
      const nowMs = clock.now()
      const made: StoredKey = {
        id: randomUUID(),
        orgId,
        name,
        hash: hashOf(key),
        start: key.slice(0, shownChars),
        scopes: [...new Set(scopes)],
        createdBy: accountId,
        createdAtMs: nowMs,
        expiresAtMs: expiresInDays === undefined ? null : nowMs + expiresInDays * dayMs,
        revokedAtMs: null,
        usedAtMs: null,
      }
      await store.addKey(made)
      return { key, view: viewOf(made) }
    },
    async list(orgId) {
      return (await store.keys(orgId)).map(viewOf)
    },
    revoke: (orgId, keyId) => store.revokeKey(orgId, keyId, clock.now()),
    async actorOf(key) {
      const found = await store.keyOf(hashOf(key))
      if (found === null || !isGood(found)) return null
      // To the minute, so that an upload of many chunks is not as many writes.
      const nowMs = clock.now()
      if (found.usedAtMs === null || nowMs - found.usedAtMs >= minuteMs) await store.keyUsed(found.id, nowMs)
      return { kind: 'key', keyId: found.id, orgId: found.orgId, scopes: found.scopes }
    },
  }
}

const viewOf = ({ hash: _hash, orgId: _orgId, ...view }: StoredKey): ApiKeyView => ({
  ...view,
  scopes: [...view.scopes],
})
