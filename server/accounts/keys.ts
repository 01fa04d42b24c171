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

/** A push asks hundreds of times a second. Only what other programs change in the store is seen so much later. */
const rememberedMs = 5_000
const maxRemembered = 1_000

/** Keys with which programs act for an organisation. Only their hashes are kept: 256 random bits need no slow one. */
export interface Keys {
  /** @throws NearcadeError too-many-keys */
  make(orgId: string, wanted: NewApiKey, accountId: string): Promise<MadeApiKey>
  list(orgId: string): Promise<readonly ApiKeyView[]>
  /** False: there is no such key any more. */
  revoke(orgId: string, keyId: string): Promise<boolean>
  /** Some may be revoked that were not: everything is looked up again. */
  forget(): void
  /** Null for what is no key, or none any more. */
  actorOf(key: string): Promise<Extract<Actor, { kind: 'key' }> | null>
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

export function createKeys(store: AccountStore, clock: Clock): Keys {
  const isGood = ({ revokedAtMs, expiresAtMs }: StoredKey): boolean =>
    revokedAtMs === null && (expiresAtMs === null || expiresAtMs > clock.now())

  /** By hash. */
  const remembered = new Map<string, { readonly key: StoredKey; readonly untilMs: number }>()
  /** What was looked up before a revocation says nothing after it. */
  let revocations = 0

  async function find(hash: string): Promise<StoredKey | null> {
    const known = remembered.get(hash)
    if (known !== undefined && clock.now() < known.untilMs) return known.key
    const before = revocations
    const key = await store.keyOf(hash)
    remembered.delete(hash)
    if (key === null || before !== revocations) return key
    remembered.set(hash, { key, untilMs: clock.now() + rememberedMs })
    const [oldest] = remembered.keys()
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest)
    return key
  }

  function forget(): void {
    revocations += 1
    remembered.clear()
  }

  return {
    forget,
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
    async revoke(orgId, keyId) {
      const isRevoked = await store.revokeKey(orgId, keyId, clock.now())
      forget()
      return isRevoked
    },
    async actorOf(key) {
      const hash = hashOf(key)
      const found = await find(hash)
      if (found === null || !isGood(found)) return null
      // To the minute, so that an upload of many chunks is not as many writes.
      const nowMs = clock.now()
      if (found.usedAtMs === null || nowMs - found.usedAtMs >= minuteMs) {
        await store.keyUsed(found.id, nowMs)
        const known = remembered.get(hash)
        if (known !== undefined) remembered.set(hash, { ...known, key: { ...found, usedAtMs: nowMs } })
      }
      return { kind: 'key', keyId: found.id, orgId: found.orgId, scopes: found.scopes }
    },
  }
}

const viewOf = ({ hash: _hash, orgId: _orgId, ...view }: StoredKey): ApiKeyView => ({
  ...view,
  scopes: [...view.scopes],
})
