import type { Clock } from '../clock.ts'
import { readCookie } from '../guests/cookie.ts'
import type { AccountStore, StoredAccount } from '../store/accountStore.ts'
import { cookiePrefix } from './names.ts'

export const sessionCookie = `${cookiePrefix}.session_token`

/** How long a session that was ended at another router may still count here. */
const rememberMs = 5_000
const maxRemembered = 5_000
/** A cookie is far shorter. */
const maxChars = 500

/** Whose account a request is from; whoever has no session's cookie costs nothing. */
export interface Sessions {
  accountOf(cookieHeader: string | undefined): Promise<StoredAccount | null>
  /** Something has changed: everything is looked up again. */
  forget(): void
}

/** @param lookUp asks the library whose session a cookie is */
export function createSessions(
  lookUp: (cookieHeader: string) => Promise<{ readonly accountId: string } | null>,
  store: Pick<AccountStore, 'find'>,
  clock: Clock,
): Sessions {
  let known = new Map<string, { readonly account: StoredAccount | null; readonly untilMs: number }>()
  return {
    async accountOf(cookieHeader) {
      const cookie = readCookie(cookieHeader, sessionCookie)
      if (cookie === null || cookie === '' || cookie.length > maxChars) return null
      const before = known.get(cookie)
      if (before !== undefined && clock.monotonic() < before.untilMs) return before.account
      const asked = known
      const session = await lookUp(`${sessionCookie}=${cookie}`)
      const account = session === null ? null : await store.find(session.accountId)
      // Not what was looked up before something changed.
      if (asked === known) {
        known.delete(cookie)
        known.set(cookie, { account, untilMs: clock.monotonic() + rememberMs })
        const [oldest] = known.keys()
        if (known.size > maxRemembered && oldest !== undefined) known.delete(oldest)
      }
      return account
    },
    forget() {
      known = new Map()
    },
  }
}
