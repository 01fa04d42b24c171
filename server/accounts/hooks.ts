import type { Audit } from './audit.ts'
import { auditActions, orgOf } from './auditActions.ts'
import type { BetterAuth } from './betterAuth.ts'
import { type EmailChange, emailChangeOf } from './emailChange.ts'
import { maxEmailChars } from './faults.ts'
import { addressHeader } from './names.ts'
import { prefixOf } from '../placement/routing/prefix.ts'
import type { Refusals } from './refusals.ts'
import { type Attempting, emailDigest, type SignInLock } from './signInLock.ts'

export interface HookOptions {
  readonly lock: SignInLock
  readonly audit: Audit
  /** A browser's own id, when it has signed in to the account of this address before. */
  deviceOf(cookieHeader: string | undefined, email: string): Promise<string | null>
  /** False: this network has tried to come in too often. */
  mayEnter(address: string): boolean
  readonly refusals: Refusals
  /** Where browsers find this router. */
  readonly publicUrl: string
  /** An account has another address than before. */
  changed(from: string, to: string): Promise<void>
}

/** What of the library's contexts is used, which differ from hook to hook. */
interface HookContext {
  readonly headers?: Headers | undefined
}

export const addressOf = (context: HookContext | null): string => context?.headers?.get(addressHeader) ?? ''
export const cookiesOf = (context: HookContext | null): string | undefined =>
  context?.headers?.get('cookie') ?? undefined

/** Where whoever is not signed in tries to be, or makes mail go out. */
const entering: ReadonlySet<string> = new Set([
  '/sign-in/email',
  '/sign-up/email',
  '/request-password-reset',
  '/reset-password',
  '/send-verification-email',
  '/change-email',
])
/** Where somebody who is signed in tells the password once more. */
const askingPassword: ReadonlySet<string> = new Set([
  '/change-email',
  '/change-password',
  '/delete-user',
  '/verify-password',
])

const freshMs = 24 * 3_600_000

/** Who asked for it, and whose password came along; found before it is done, since what is done may end the session. */
interface Asked {
  readonly accountId: string | null
  readonly attempt: Attempting | null
  /** What it may change of the account's address. */
  readonly change: EmailChange | null
}

/** What happens around everything that the library does: limits, lock-out and the audit log. By the library's own paths, so that no way of writing an address leads around it. */
export function createHooks(
  { createAuthMiddleware, getSessionFromCtx, isAPIError, refusal, failure }: BetterAuth,
  { lock, audit, deviceOf, mayEnter, refusals, publicUrl, changed }: HookOptions,
) {
  const asked = new WeakMap<Request, Asked>()

  type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

  async function refused({ email }: Attempting, accountId: string | null, address: string): Promise<void> {
    const detail = refusals.count(emailDigest(email).slice(0, 16), prefixOf(address) ?? '')
    if (detail !== null) await audit('password-refused', { accountId, detail, address })
  }

  /**
   * Whoever holds a session alone cannot take the account along to an address of theirs: that takes the password, too, or having signed in
   * a moment ago where there is none.
   */
  async function demandPassword({ context, body }: Context, userId: string, signedInAt: Date): Promise<void> {
    const hash = (await context.internalAdapter.findCredentialAccount(userId))?.password
    if (typeof hash === 'string') {
      const password = textIn(body, 'password') ?? ''
      if (password === '' || !(await context.password.verify({ hash, password })))
        throw failure('BAD_REQUEST', 'INVALID_PASSWORD', 'Invalid password')
    } else if (Date.now() - new Date(signedInAt).getTime() > freshMs)
      throw failure('BAD_REQUEST', 'SESSION_NOT_FRESH', 'Session is not fresh')
  }

  /** The link to a new address counts where the account is signed in: it makes nobody somebody else. */
  async function changeByLink(context: Context): Promise<{ accountId: string; change: EmailChange } | null> {
    const change = emailChangeOf(inside(context.query, 'token'))
    if (change === null || !change.isLast) return null
    const { user } = (await getSessionFromCtx(context)) ?? { user: null }
    const error =
      user === null
        ? 'sign_in_first'
        : user.email !== change.from
          ? 'invalid_user'
          : (await context.context.internalAdapter.findUserByEmail(change.to)) === null
            ? null
            : 'email_taken'
    if (error !== null || user === null) throw context.redirect(`${publicUrl}/account?error=${error}`)
    return { accountId: user.id, change }
  }

  const before = createAuthMiddleware(async (context) => {
    const { path, request, body } = context
    const address = addressOf(context)
    if (entering.has(path) && !mayEnter(address)) throw refusal('too-many-requests', [], 5)
    if (request === undefined) return
    let attempt: Attempting | null = null
    let accountId: string | null = null
    let change: EmailChange | null = null
    let found: Awaited<ReturnType<typeof getSessionFromCtx>> = null
    if (path === '/sign-in/email') {
      const email = textIn(body, 'email')
      if (email !== null && email.length <= maxEmailChars)
        attempt = { email, address, device: await deviceOf(cookiesOf(context), email) }
    } else if (path === '/verify-email') {
      ;({ accountId, change } = (await changeByLink(context)) ?? { accountId, change })
    } else if (askingPassword.has(path) || auditActions[path] !== undefined) {
      found = await getSessionFromCtx(context)
      accountId = found?.user.id ?? null
      const given = textIn(body, 'currentPassword') ?? textIn(body, 'password')
      if (found !== null && askingPassword.has(path) && given !== null)
        attempt = { email: found.user.email, address, device: found.session.id }
    }
    const waitMs = attempt === null ? 0 : await lock.attempt(attempt)
    if (waitMs > 0) throw refusal('sign-in-locked', [], Math.ceil(waitMs / 1000))
    if (path === '/change-email' && found !== null) {
      const { user, session } = found
      try {
        await demandPassword(context, user.id, session.createdAt)
      } catch (cause) {
        if (attempt !== null) await refused(attempt, accountId, address)
        throw cause
      }
      change = { from: user.email, to: textIn(body, 'newEmail')?.toLowerCase() ?? '', isLast: false }
    }
    asked.set(request, { accountId, attempt, change })
  })

  const after = createAuthMiddleware(async (context) => {
    const { path, body, request } = context
    const { returned, newSession, internalAdapter } = context.context
    const by = request === undefined ? undefined : asked.get(request)
    const accountId = by?.accountId ?? newSession?.user.id ?? null
    const attempt = by?.attempt ?? null
    const change = by?.change ?? null
    const address = addressOf(context)
    // Neither an answer nor where it leads to says whether it was done.
    if (change !== null && (await internalAdapter.findUserByEmail(change.to))?.user.id === accountId) {
      await audit('email-changed', { accountId, address })
      await changed(change.from, change.to)
    }
    if (isAPIError(returned) && Number(returned.statusCode) >= 400) {
      if (attempt !== null) await refused(attempt, accountId, address)
      return
    }
    if (attempt !== null) await lock.succeeded(attempt)
    const action = auditActions[path]
    if (action === undefined) return
    const detail = action.detail?.(body) ?? null
    await audit(action.name, { accountId, orgId: orgOf(returned, body), detail, address })
  })

  return { before, after }
}

const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined

function textIn(body: unknown, name: string): string | null {
  const value = inside(body, name)
  return typeof value === 'string' ? value : null
}
