import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { prefixOf } from '../placement/routing/prefix.ts'
import type { AccountStore } from '../store/accountStore.ts'

export interface Noted {
  readonly accountId?: string | null | undefined
  readonly keyId?: string | null | undefined
  readonly orgId?: string | null | undefined
  /** Never a secret, nor an e-mail address: what is written here stays. */
  readonly detail?: string | null | undefined
  readonly address: string
}

/** Who did what, from which network, and when. */
export type Audit = (action: string, noted: Noted) => Promise<void>

/** What cannot be noted goes to the log: it has happened already. */
export const createAudit =
  (store: Pick<AccountStore, 'note'>, clock: Clock, log: Log): Audit =>
  async (action, { accountId, keyId, orgId, detail, address }) => {
    const entry = {
      atMs: clock.now(),
      action,
      accountId: accountId ?? null,
      keyId: keyId ?? null,
      orgId: orgId ?? null,
      detail: detail ?? null,
      address: prefixOf(address) ?? '',
    }
    try {
      await store.note(entry)
    } catch (cause) {
      log.error({ err: cause, entry }, 'the audit log could not be written')
    }
  }
