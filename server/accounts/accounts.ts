import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import type { OwnKey } from '../../config/protocol/apiKey.ts'
import type {
  AccountView,
  ApiKeyView,
  AuditPage,
  MadeApiKey,
  NewApiKey,
} from '../../config/protocol/account.ts'
import type { Clock } from '../clock.ts'
import { readCookie } from '../guests/cookie.ts'
import { guestCookie } from '../guests/guests.ts'
import { createAddressLimit } from '../http/addressLimit.ts'
import { secretFile } from '../keys/keyFile.ts'
import type { Log } from '../log.ts'
import type { AccountStore } from '../store/accountStore.ts'
import { type Access, type Asking, createAccess } from './access.ts'
import { createAudit, type Noted } from './audit.ts'
import { createDevices } from './device.ts'
import { createKeys } from './keys.ts'
import { type AuthLibrary, openLibrary, type OpenIdSettings, type PasswordHashing } from './library.ts'
import { type MailSettings, openMail } from './mail.ts'
import { type AuthRequest, libraryRequest } from './request.ts'
import { createRefusals } from './refusals.ts'
import { roleOf } from './roles.ts'
import { createSessions, sessionCookie } from './sessions.ts'
import { createSignInLock } from './signInLock.ts'
import { createTakenPlayers } from './takenPlayers.ts'

export interface AccountSettings {
  /** Where browsers find this router, where that was set. */
  readonly publicUrl: string | null
  readonly mail: MailSettings | null
  readonly openId: OpenIdSettings | null
}

/** Somebody who is signed in, and from where. */
export interface By {
  readonly accountId: string
  readonly address: string
}

export interface Accounts {
  readonly access: Access
  /** The player whose account is signed in, or null. */
  playerOf(cookieHeader: string | undefined): Promise<string | null>
  /** Whether the player is an account's, who comes in by that alone. */
  isAccounts(playerId: string): Promise<boolean>
  view(asking: Asking): Promise<AccountView>
  /** What to tell the browser so that somebody who comes back stays signed in: `Set-Cookie` lines. */
  stay(asking: Asking): Promise<readonly string[]>
  keys(orgId: string): Promise<readonly ApiKeyView[]>
  /** What a key tells of itself. @throws NearcadeError sign-in-needed for whoever brings none, key-refused */
  ownKey(asking: Asking): Promise<OwnKey>
  /** @throws NearcadeError too-many-keys */
  makeKey(by: By, orgId: string, wanted: NewApiKey): Promise<MadeApiKey>
  /** @throws NearcadeError not-found */
  revokeKey(by: By, orgId: string, keyId: string): Promise<void>
  /** Makes the account the operator of the network. @throws NearcadeError link-used */
  claim(by: By, token: string): Promise<void>
  /** @param orgId null: the whole network's, for its operator */
  auditPage(orgId: string | null, beforeId: number | null): Promise<AuditPage>
  /** Notes what somebody has done in an organisation; never throws. */
  note(asking: Asking, action: string, orgId: string, detail: string): Promise<void>
  /** Somebody has left: what is remembered of sessions and keys is looked up again. */
  forget(): void
  /** The same of whoever is known already. */
  noteOf(action: string, noted: Noted): Promise<void>
  /** The library's own doors: signing in and organisations. @throws NearcadeError */
  answer(request: AuthRequest): Promise<Response>
  /** What to open for the first operator, or null when there is one. Whatever was offered before is void. */
  offerOperator(): Promise<string | null>
  close(): Promise<void>
}

interface AccountsContext {
  readonly store: AccountStore
  readonly dataDir: string
  /** The port that the router listens on. */
  readonly port: number
  readonly settings: AccountSettings
  guestOf(cookieHeader: string | undefined): Promise<string | null>
  /** Deletes an account; see `LibraryOptions.leave`. */
  leave(accountId: string): Promise<readonly string[]>
  /** In place of scrypt. */
  readonly passwords?: PasswordHashing
  readonly clock: Clock
  readonly log: Log
}

const auditPageLength = 100
/** Of one network: ways in, and wrong keys. */
const comingIn = { burst: 30, perSecond: 0.2 } as const
const wrongKeys = { burst: 30, perSecond: 0.5 } as const
/** Of one mailbox. */
const mails = { burst: 4, perSecond: 1 / 600 } as const

const reopenEveryMs = 10_000

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

export async function openAccounts(context: AccountsContext): Promise<Accounts> {
  const { store, dataDir, port, settings, guestOf, clock, log } = context
  const secret = await secretFile(path.join(dataDir, 'keys', 'accounts.key'), () =>
    randomBytes(32).toString('base64url'),
  )
  const publicUrl = settings.publicUrl ?? `http://localhost:${port}`
  const mail = openMail(settings.mail, log)
  const audit = createAudit(store, clock, log)
  const devices = createDevices(secret, clock)
  const keys = createKeys(store, clock)
  const entries = createAddressLimit(comingIn.burst, comingIn.perSecond, clock)
  const badKeys = createAddressLimit(wrongKeys.burst, wrongKeys.perSecond, clock)
  const taken = createTakenPlayers((playerId) => store.isPlayerTaken(playerId), clock)
  const refusals = createRefusals(clock)
  const mailboxes = createAddressLimit(mails.burst, mails.perSecond, clock)

  /** Opened with the first request of somebody who has an account or makes one. */
  let library: Promise<AuthLibrary> | null = null
  const open = (): Promise<AuthLibrary> =>
    openLibrary({
      store,
      secret,
      publicUrl,
      isPublic: settings.publicUrl !== null,
      openId: settings.openId,
      mail,
      verifies: settings.mail !== null,
      lock: createSignInLock(store, clock),
      audit,
      log,
      guestOf,
      playerTaken: (playerId) => taken.forget(playerId),
      leave: context.leave,
      refusals,
      deviceOf: devices.idOf,
      mayMail: (email) => mailboxes.take(email.toLowerCase()),
      mayEnter: (address) => entries.take(address),
      ...(context.passwords === undefined ? {} : { passwords: context.passwords }),
    })
  function loaded(): Promise<AuthLibrary> {
    library ??= open().catch((cause: unknown) => {
      library = null
      throw cause
    })
    return library
  }
  /** The provider was not there when the library was opened; everybody else goes on meanwhile. */
  let reopening: Promise<void> | null = null
  let reopenedAtMs = Number.NEGATIVE_INFINITY
  function reopen(): void {
    if (clock.monotonic() - reopenedAtMs < reopenEveryMs) return
    reopenedAtMs = clock.monotonic()
    reopening ??= open()
      .then((opened) => {
        library = Promise.resolve(opened)
      })
      .catch((cause: unknown) => log.error({ err: cause }, 'accounts could not be opened again'))
      .finally(() => {
        reopening = null
      })
  }

  const sessions = createSessions(
    async (cookieHeader) => (await loaded()).session(cookieHeader),
    store,
    clock,
  )

  const access = createAccess({
    async account({ headers }) {
      const account = await sessions.accountOf(headers.cookie)
      if (account === null) return null
      const roles = new Map(
        (await store.memberships(account.id)).flatMap(({ id, role }) => {
          const known = roleOf(role)
          return known === null ? [] : [[id, known] as const]
        }),
      )
      const { id: accountId, playerId, isOperator } = account
      return { kind: 'account', accountId, playerId, isOperator, roles }
    },
    async key(key, { ip = '' }) {
      const actor = await keys.actorOf(key)
      if (actor === null && !badKeys.take(ip)) throw new NearcadeError('too-many-requests')
      return actor
    },
    guest: guestOf,
  })

  function forget(): void {
    sessions.forget()
    keys.forget()
  }

  async function answer(asked: AuthRequest): Promise<Response> {
    const auth = await loaded()
    const answered = await auth.answer(libraryRequest(asked, publicUrl))
    if (settings.openId !== null && answered.status === 404 && asksProvider(asked)) reopen()
    const isMember = readCookie(asked.headers.cookie, sessionCookie) !== null
    const mayEndSessions = isMember || asked.path.includes('/reset-password')
    const mayChangeAddress = asked.path.includes('/verify-email')
    // Keys end with the role of whoever has made them.
    if (mayChangeAddress || (asked.method !== 'GET' && answered.ok && mayEndSessions)) forget()
    const entered = answered.headers.getSetCookie().find((text) => text.startsWith(`${sessionCookie}=`))
    const [cookie = ''] = entered?.split(';', 1) ?? []
    const isSignedOut = (readCookie(cookie, sessionCookie) ?? '') === ''
    const signedIn = isSignedOut ? null : await auth.session(cookie)
    if (signedIn === null) return answered
    const headers = new Headers(answered.headers)
    // The session says from now on who plays here. A guest who is the account's player comes in by that alone; any other comes back with
    // what is theirs.
    const brought = readCookie(asked.headers.cookie, guestCookie)
    if (brought !== null && (await guestOf(`${guestCookie}=${brought}`)) === null)
      headers.append('Set-Cookie', `${guestCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
    if ((await devices.idOf(asked.headers.cookie, signedIn.email)) === null)
      headers.append('Set-Cookie', await devices.cookieFor(signedIn.email))
    return new Response(answered.body, { status: answered.status, headers })
  }

  return {
    access,
    async playerOf(cookieHeader) {
      return (await sessions.accountOf(cookieHeader))?.playerId ?? null
    },
    isAccounts: (playerId) => taken.isTaken(playerId),
    async view({ headers }) {
      const account = await sessions.accountOf(headers.cookie)
      const { openId } = settings
      const signIn = {
        openId: openId === null ? null : { name: openId.name },
        verifies: settings.mail !== null,
      }
      if (account === null) return { signIn, account: null, organisations: [] }
      const organisations = (await store.memberships(account.id)).flatMap(({ role, ...organisation }) => {
        const known = roleOf(role)
        return known === null ? [] : [{ ...organisation, role: known }]
      })
      return { signIn, account, organisations }
    },
    async stay({ headers, ip }) {
      if (readCookie(headers.cookie, sessionCookie) === null) return []
      const asked = { method: 'GET', path: '/api/auth/get-session', headers, ip, body: null }
      return (await answer(asked)).headers.getSetCookie()
    },
    keys: (orgId) => keys.list(orgId),
    async ownKey(asking) {
      const actor = await access.actorOf(asking)
      if (actor.kind !== 'key') throw new NearcadeError('sign-in-needed')
      const key = (await keys.list(actor.orgId)).find(({ id }) => id === actor.keyId)
      const organisation = await store.organisationName(actor.orgId)
      if (key === undefined || organisation === null) throw new NearcadeError('key-refused')
      const { name, scopes, expiresAtMs } = key
      return { name, scopes, expiresAtMs, organisation: { id: actor.orgId, name: organisation } }
    },
    async makeKey(by, orgId, wanted) {
      const made = await keys.make(orgId, wanted, by.accountId)
      const { id, scopes } = made.view
      await audit('key-made', { ...by, orgId, keyId: id, detail: scopes.join(' ') })
      return made
    },
    async revokeKey(by, orgId, keyId) {
      if (!(await keys.revoke(orgId, keyId))) throw new NearcadeError('not-found')
      await audit('key-revoked', { ...by, orgId, keyId })
    },
    async claim(by, token) {
      if (!(await store.takeOperator(digest(token), by.accountId, clock.now())))
        throw new NearcadeError('link-used')
      sessions.forget()
      await audit('operator-made', by)
    },
    async auditPage(orgId, beforeId) {
      return { entries: [...(await store.audit(orgId, beforeId, auditPageLength))] }
    },
    async note(asking, action, orgId, detail) {
      const actor = await access.actorOf(asking).catch(() => null)
      await audit(action, {
        accountId: actor?.kind === 'account' ? actor.accountId : null,
        keyId: actor?.kind === 'key' ? actor.keyId : null,
        orgId,
        detail,
        address: asking.ip ?? '',
      })
    },
    forget,
    noteOf: audit,
    answer,
    async offerOperator() {
      const token = randomBytes(24).toString('base64url')
      if (!(await store.offerOperator(digest(token), clock.now()))) return null
      // What stands behind # stays in the browser.
      return `${publicUrl}/account#operator=${token}`
    },
    async close() {
      await library?.catch(() => {})
      await reopening
      await mail.close()
    },
  }
}

/** Anybody can ask for a provider that there is not. */
function asksProvider({ path: at, body }: AuthRequest): boolean {
  return at.endsWith('/sign-in/social') && /"provider"\s*:\s*"oidc"/.test(body?.toString('utf8') ?? '')
}
