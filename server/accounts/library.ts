import { randomUUID } from 'node:crypto'
import { passkey } from '@better-auth/passkey'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api'
import { type BetterAuthOptions, betterAuth } from 'better-auth/minimal'
import { createAccessControl } from 'better-auth/plugins/access'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { organization } from 'better-auth/plugins/organization'
import type { AccountStore } from '../store/accountStore.ts'
import type { Log } from '../log.ts'
import { refusal } from './apiError.ts'
import { auditActions, orgOf } from './auditActions.ts'
import type { Audit } from './audit.ts'
import { organisationFault, nameFault } from './faults.ts'
import type { Mail, Message } from './mail.ts'
import { invitationMessage, knownMessage, resetMessage, verifyMessage } from './messages.ts'
import { addressHeader, cookiePrefix } from './names.ts'
import { organisationStatements, roleOf } from './roles.ts'
import { type Attempting, emailDigest, type SignInLock } from './signInLock.ts'

/** Who is signed in, as the library sees it. */
export interface SignedIn {
  readonly accountId: string
  readonly email: string
}

/** What the project uses of better-auth: its doors, and who a session's cookie stands for. */
export interface AuthLibrary {
  /** Its doors below `/api/auth`. */
  answer(request: Request): Promise<Response>
  session(cookieHeader: string): Promise<SignedIn | null>
}

export interface OpenIdSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** As the page names it. */
  readonly name: string
}

export interface LibraryOptions {
  readonly store: Pick<AccountStore, 'library' | 'isPlayerTaken' | 'soleOwnerOf' | 'forgetPlayer'>
  readonly secret: string
  /** Where browsers find this router: `https://play.example`. */
  readonly publicUrl: string
  /** Whether that address was set, or is what this machine calls itself. */
  readonly isPublic: boolean
  readonly openId: OpenIdSettings | null
  readonly mail: Mail
  /** Mail arrives: an address has to be confirmed before it signs in. */
  readonly verifies: boolean
  readonly lock: SignInLock
  readonly audit: Audit
  readonly log: Log
  guestOf(cookieHeader: string | undefined): Promise<string | null>
  /** A browser's own id, when it has signed in to the account of this address before. */
  deviceOf(cookieHeader: string | undefined, email: string): Promise<string | null>
  /** @param email of whom; false: this one gets no more mail for now */
  mayMail(email: string): boolean
  /** False: this network has tried to come in too often. */
  mayEnter(address: string): boolean
}

const openIdProvider = 'oidc'

const hourS = 3600
const dayS = 24 * hourS
const passwordLength = { least: 10, most: 128 } as const

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

interface HookContext {
  readonly path?: string | undefined
  readonly headers?: Headers | undefined
  readonly body?: unknown
}

const addressOf = (context: HookContext | null): string => context?.headers?.get(addressHeader) ?? ''
const cookieOf = (context: HookContext | null): string | undefined =>
  context?.headers?.get('cookie') ?? undefined

function textIn(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}

export function openLibrary(options: LibraryOptions): AuthLibrary {
  const { store, publicUrl, isPublic, openId, mail, verifies, lock, audit, log } = options

  /** Late and bounded: neither the time nor the answer tells whether there is such an account. */
  async function send(message: Message): Promise<void> {
    if (options.mayMail(message.to)) mail.send(message)
  }

  /** Whose password this request tries, or null. */
  async function attemptIn(
    context: HookContext,
    session: { id: string; email: string } | null,
  ): Promise<Attempting | null> {
    const { path = '', body } = context
    const address = addressOf(context)
    if (path === '/sign-in/email') {
      const email = textIn(body, 'email')
      if (email === null || email.length > 320) return null
      return { email, address, device: await options.deviceOf(cookieOf(context), email) }
    }
    if (!askingPassword.has(path) || session === null) return null
    const given = textIn(body, 'currentPassword') ?? textIn(body, 'password')
    return given === null ? null : { email: session.email, address, device: session.id }
  }

  const ac = createAccessControl(organisationStatements)
  const roles = {
    owner: ac.newRole({
      ...organisationStatements,
      organization: ['update'],
      member: ['create', 'update', 'delete'],
      invitation: ['create', 'cancel'],
    }),
    developer: ac.newRole({ organization: [] }),
    analyst: ac.newRole({ organization: [] }),
  }

  const config = {
    appName: 'Nearcade',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret: options.secret,
    telemetry: { enabled: false },
    database: drizzleAdapter(store.library.database, { provider: 'pg', schema: store.library.tables }),
    logger: {
      level: 'warn',
      log(level, message, ...rest) {
        const err = rest.find((one) => one instanceof Error)
        if (level === 'error' && err !== undefined) log.error({ err }, `accounts: ${message}`)
        else log.debug({ level }, `accounts: ${message}`)
      },
    },
    // Both are done at the door, for every one of ours alike.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix,
      useSecureCookies: false,
      disableCSRFCheck: true,
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    onAPIError: { errorURL: `${publicUrl}/account` },
    disabledPaths: [
      '/ok',
      '/error',
      '/account-info',
      '/get-access-token',
      '/refresh-token',
      '/update-session',
    ],
    verification: { storeIdentifier: 'hashed' },
    account: { encryptOAuthTokens: true },
    session: { expiresIn: 30 * dayS, updateAge: dayS, freshAge: dayS },
    user: {
      additionalFields: {
        playerId: { type: 'string', required: false, input: false },
        isOperator: { type: 'boolean', required: false, input: false },
      },
      deleteUser: {
        enabled: true,
        async beforeDelete(user) {
          if ((await store.soleOwnerOf(user.id)).length > 0) throw refusal('last-owner')
        },
        async afterDelete(user, request) {
          const { playerId } = user as { playerId?: unknown }
          if (typeof playerId === 'string') await store.forgetPlayer(playerId)
          await audit('account-deleted', {
            accountId: user.id,
            address: request?.headers.get(addressHeader) ?? '',
          })
        },
      },
    },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
      requireEmailVerification: verifies,
      autoSignIn: true,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: hourS,
      sendResetPassword: ({ user, url }) => send(resetMessage(user.email, url)),
      onExistingUserSignUp: ({ user }) => send(knownMessage(user.email, `${publicUrl}/account`)),
      async onPasswordReset({ user }, request) {
        const address = request?.headers.get(addressHeader) ?? ''
        // Whoever reads the mail is the owner: what strangers have tried shall not hold them up.
        await lock.succeeded({ email: user.email, address, device: null })
        await audit('password-reset', { accountId: user.id, address })
      },
    },
    emailVerification: {
      sendOnSignUp: verifies,
      sendOnSignIn: verifies,
      autoSignInAfterVerification: true,
      expiresIn: hourS,
      sendVerificationEmail: ({ user, url }) => send(verifyMessage(user.email, url)),
    },
    databaseHooks: {
      user: {
        create: {
          async before(user, context) {
            const fault = nameFault(user.name)
            if (fault !== null) throw refusal('bad-request', [fault])
            const guest = await options.guestOf(cookieOf(context))
            const isFree = guest !== null && !(await store.isPlayerTaken(guest))
            return {
              data: { ...user, image: null, playerId: isFree ? guest : randomUUID(), isOperator: false },
            }
          },
          async after(user, context) {
            await audit('account-made', { accountId: user.id, address: addressOf(context) })
          },
        },
        update: {
          async before(user) {
            const fault = user.name === undefined ? null : nameFault(user.name)
            if (fault !== null) throw refusal('bad-request', [fault])
            if (user.image !== undefined && user.image !== null)
              throw refusal('bad-request', ['image: is not kept'])
          },
        },
      },
      session: {
        create: {
          async after(session, context) {
            await audit('signed-in', {
              accountId: session.userId,
              detail: context?.path ?? null,
              address: addressOf(context),
            })
          },
        },
      },
    },
    hooks: {
      before: createAuthMiddleware(async (context) => {
        if (entering.has(context.path) && !options.mayEnter(addressOf(context)))
          throw refusal('too-many-requests', [], 5)
        const session = askingPassword.has(context.path) ? await getSessionFromCtx(context) : null
        const attempt = await attemptIn(
          context,
          session && { id: session.session.id, email: session.user.email },
        )
        const waitMs = attempt === null ? 0 : await lock.attempt(attempt)
        if (waitMs > 0) throw refusal('sign-in-locked', [], Math.ceil(waitMs / 1000))
      }),
      after: createAuthMiddleware(async (context) => {
        const { path, body } = context
        const { returned, session, newSession } = context.context
        const by = newSession ?? session
        const address = addressOf(context)
        const attempt = await attemptIn(context, by && { id: by.session.id, email: by.user.email })
        const failed = isAPIError(returned) && Number(returned.statusCode) >= 400
        if (failed) {
          if (attempt !== null && returned.statusCode !== 429)
            await audit('password-refused', {
              accountId: by?.user.id,
              detail: emailDigest(attempt.email).slice(0, 16),
              address,
            })
          return
        }
        if (attempt !== null) await lock.succeeded(attempt)
        const action = auditActions[path]
        if (action !== undefined)
          await audit(action.name, {
            accountId: by?.user.id,
            orgId: orgOf(returned, body),
            detail: action.detail?.(body) ?? null,
            address,
          })
      }),
    },
    plugins: [
      passkey({
        rpName: 'Nearcade',
        rpID: new URL(publicUrl).hostname,
        origin: isPublic ? new URL(publicUrl).origin : null,
      }),
      organization({
        ac,
        roles,
        creatorRole: 'owner',
        organizationLimit: 20,
        membershipLimit: 200,
        invitationLimit: 50,
        invitationExpiresIn: 7 * dayS,
        cancelPendingInvitationsOnReInvite: true,
        disableOrganizationDeletion: true,
        schema: {
          organization: { additionalFields: { kind: { type: ['publisher', 'host'], required: true } } },
        },
        async sendInvitationEmail({ id, email, role, organization: { name } }) {
          await send(
            invitationMessage(
              email,
              name,
              role,
              `${publicUrl}/publisher?invitation=${encodeURIComponent(id)}`,
            ),
          )
        },
        organizationHooks: {
          async beforeCreateOrganization({ organization: wanted }) {
            const fault = organisationFault(wanted, true)
            if (fault !== null) throw refusal('bad-request', [fault])
          },
          async beforeUpdateOrganization({ organization: wanted }) {
            const fault = organisationFault(wanted, false)
            if (fault !== null) throw refusal('bad-request', [fault])
          },
          async beforeCreateInvitation({ invitation }) {
            if (roleOf(invitation.role) !== invitation.role)
              throw refusal('bad-request', ['role: takes one role'])
          },
          async beforeUpdateMemberRole({ newRole }) {
            if (roleOf(newRole) !== newRole) throw refusal('bad-request', ['role: takes one role'])
          },
        },
      }),
      ...(openId === null
        ? []
        : [
            genericOAuth({
              config: [
                {
                  providerId: openIdProvider,
                  discoveryUrl: `${openId.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                  clientId: openId.clientId,
                  clientSecret: openId.clientSecret,
                  scopes: ['openid', 'email', 'profile'],
                  pkce: true,
                },
              ],
            }),
          ]),
    ],
  } satisfies BetterAuthOptions

  const auth = betterAuth(config)
  return {
    answer: (request) => auth.handler(request),
    async session(cookieHeader) {
      const found = await auth.api.getSession({ headers: new Headers({ cookie: cookieHeader }) })
      return found === null ? null : { accountId: found.user.id, email: found.user.email }
    },
  }
}
