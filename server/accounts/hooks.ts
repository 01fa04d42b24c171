import type { Audit } from './audit.ts'
import { auditActions, orgOf } from './auditActions.ts'
import type { BetterAuth } from './betterAuth.ts'
import { maxEmailChars } from './faults.ts'
import { addressHeader } from './names.ts'
import { type Attempting, emailDigest, type SignInLock } from './signInLock.ts'

export interface HookOptions {
  readonly lock: SignInLock
  readonly audit: Audit
  /** A browser's own id, when it has signed in to the account of this address before. */
  deviceOf(cookieHeader: string | undefined, email: string): Promise<string | null>
  /** False: this network has tried to come in too often. */
  mayEnter(address: string): boolean
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
])
/** Where somebody who is signed in tells the password once more. */
const askingPassword: ReadonlySet<string> = new Set(['/change-password', '/delete-user', '/verify-password'])

/** Who asked for it, and whose password came along; found before it is done, since what is done may end the session. */
interface Asked {
  readonly accountId: string | null
  readonly attempt: Attempting | null
}

/** What happens around everything that the library does: limits, lock-out and the audit log. By the library's own paths, so that no way of writing an address leads around it. */
export function createHooks(
  { createAuthMiddleware, getSessionFromCtx, isAPIError, refusal }: BetterAuth,
  { lock, audit, deviceOf, mayEnter }: HookOptions,
) {
  const asked = new WeakMap<Request, Asked>()

  const before = createAuthMiddleware(async (context) => {
    const { path, request, body } = context
    const address = addressOf(context)
    if (entering.has(path) && !mayEnter(address)) throw refusal('too-many-requests', [], 5)
    if (request === undefined) return
    let attempt: Attempting | null = null
    let accountId: string | null = null
    if (path === '/sign-in/email') {
      const email = textIn(body, 'email')
      if (email !== null && email.length <= maxEmailChars)
        attempt = { email, address, device: await deviceOf(cookiesOf(context), email) }
    } else if (askingPassword.has(path) || auditActions[path] !== undefined) {
      const found = await getSessionFromCtx(context)
      accountId = found?.user.id ?? null
      const given = textIn(body, 'currentPassword') ?? textIn(body, 'password')
      if (found !== null && askingPassword.has(path) && given !== null)
        attempt = { email: found.user.email, address, device: found.session.id }
    }
    asked.set(request, { accountId, attempt })
    const waitMs = attempt === null ? 0 : await lock.attempt(attempt)
    if (waitMs > 0) throw refusal('sign-in-locked', [], Math.ceil(waitMs / 1000))
  })

  const after = createAuthMiddleware(async (context) => {
    const { path, body, request } = context
    const { returned, newSession } = context.context
    const by = request === undefined ? undefined : asked.get(request)
    const accountId = by?.accountId ?? newSession?.user.id ?? null
    const attempt = by?.attempt ?? null
    const address = addressOf(context)
    if (isAPIError(returned) && Number(returned.statusCode) >= 400) {
      if (attempt !== null)
        await audit('password-refused', {
          accountId,
          detail: emailDigest(attempt.email).slice(0, 16),
          address,
        })
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

function textIn(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}
