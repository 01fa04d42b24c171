import { randomUUID } from 'node:crypto'
import type { BetterAuthOptions } from 'better-auth/minimal'
import type { AccountStore } from '../store/accountStore.ts'
import type { Log } from '../log.ts'
import { loadBetterAuth } from './betterAuth.ts'
import { maxEmailChars, nameFault } from './faults.ts'
import { addressOf, cookiesOf, createHooks, type HookOptions } from './hooks.ts'
import type { Mail, Message } from './mail.ts'
import {
  addressChangedMessage,
  knownMessage,
  leaveAddressMessage,
  resetMessage,
  verifyMessage,
} from './messages.ts'
import { addressHeader, cookiePrefix } from './names.ts'
import { organisationPlugin } from './organisationPlugin.ts'

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

/** What is kept of a password, and whether one is it. */
export interface PasswordHashing {
  hash(password: string): Promise<string>
  verify(given: { readonly hash: string; readonly password: string }): Promise<boolean>
}

export interface LibraryOptions extends Omit<HookOptions, 'changed' | 'publicUrl'> {
  readonly store: Pick<AccountStore, 'library' | 'isPlayerTaken' | 'settle' | 'dropOtherWays'>
  readonly secret: string
  /** Where browsers find this router: `https://play.example`. */
  readonly publicUrl: string
  /** Whether that address was set, or is what this machine calls itself. */
  readonly isPublic: boolean
  readonly openId: OpenIdSettings | null
  readonly mail: Mail
  /** Mail arrives: an address has to be confirmed before it signs in. */
  readonly verifies: boolean
  readonly log: Log
  guestOf(cookieHeader: string | undefined): Promise<string | null>
  /** This player is an account's from now on. */
  playerTaken(playerId: string): void
  /**
   * Deletes an account with all that is its own.
   * @returns names of organisations that would have no owner then; none: it is deleted
   */
  leave(accountId: string): Promise<readonly string[]>
  /** @param email of whom; false: this one gets no more mail for now */
  mayMail(email: string): boolean
  /** In place of the library's own scrypt. */
  readonly passwords?: PasswordHashing
}

const openIdProvider = 'oidc'

const providerTimeoutMs = 4000
const hourS = 3600
const dayS = 24 * hourS
const passwordLength = { least: 10, most: 128 } as const

export async function openLibrary(options: LibraryOptions): Promise<AuthLibrary> {
  const library = await loadBetterAuth()
  const { betterAuth, drizzleAdapter, genericOAuth, isAPIError, passkey, refusal } = library
  const { store, publicUrl, isPublic, openId, mail, verifies, lock, audit, log } = options

  /** Late and bounded: neither the time nor the answer tells whether there is such an account. */
  const send = async (message: Message): Promise<void> => {
    if (options.mayMail(message.to)) mail.send(message)
  }

  const discoveryUrl = `${openId?.issuer.replace(/\/$/, '') ?? ''}/.well-known/openid-configuration`
  const provider = openId !== null && (await answers(discoveryUrl)) ? openId : null
  if (openId !== provider) log.warn({ url: discoveryUrl }, 'the OpenID Connect provider does not answer')

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
    onAPIError: {
      errorURL: `${publicUrl}/account`,
      onError(err) {
        if (!isAPIError(err)) log.error({ err }, 'accounts: a request failed')
      },
    },
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
        isSettled: { type: 'boolean', required: false, input: false, returned: false },
      },
      changeEmail: {
        enabled: true,
        updateEmailWithoutVerification: !verifies,
        sendChangeEmailConfirmation: ({ user, newEmail, url }) =>
          send(leaveAddressMessage(user.email, newEmail, url)),
      },
      deleteUser: {
        enabled: true,
        async beforeDelete(user) {
          // All at once: what the library does afterwards piece by piece finds nothing left.
          const standing = await options.leave(user.id)
          if (standing.length > 0) throw refusal('last-owner', standing)
        },
        async afterDelete(user, request) {
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
      ...(options.passwords === undefined ? {} : { password: options.passwords }),
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: hourS,
      sendResetPassword: ({ user, url }) => send(resetMessage(user.email, url)),
      onExistingUserSignUp: ({ user }) => send(knownMessage(user.email, `${publicUrl}/account`)),
      async onPasswordReset({ user }, request) {
        const address = request?.headers.get(addressHeader) ?? ''
        // Whoever made the account may have been somebody else, with ways in that a new password does not close.
        if (verifies && !user.emailVerified) await store.dropOtherWays(user.id)
        // Whoever reads the mail is the owner: what strangers have tried shall not hold them up.
        await lock.succeeded({ email: user.email, address, device: null })
        await audit('password-reset', { accountId: user.id, address })
      },
    },
    emailVerification: {
      sendOnSignUp: verifies,
      sendOnSignIn: verifies,
      // Whoever opens the link need not be who signed up: somebody may send theirs around.
      autoSignInAfterVerification: false,
      expiresIn: hourS,
      sendVerificationEmail: ({ user, url }) => send(verifyMessage(user.email, url)),
    },
    databaseHooks: {
      user: {
        create: {
          async before(user, context) {
            if (user.email.length > maxEmailChars) throw refusal('bad-request', ['email: is too long'])
            const fault = nameFault(user.name)
            if (fault !== null && context?.path === '/sign-up/email') throw refusal('bad-request', [fault])
            // Somebody else's name for them is taken as far as it goes.
            const name = fault === null ? user.name : 'Somebody'
            // What a guest has saved is nobody's who has not confirmed the address: it may be mistyped.
            const isSettled = !verifies || user.emailVerified
            const guest = isSettled ? await options.guestOf(cookiesOf(context)) : null
            const isFree = guest !== null && !(await store.isPlayerTaken(guest))
            return {
              data: {
                ...user,
                name,
                image: null,
                playerId: isFree ? guest : randomUUID(),
                isOperator: false,
                isSettled,
              },
            }
          },
          async after(user, context) {
            const { playerId } = user as { playerId?: unknown }
            if (typeof playerId === 'string') options.playerTaken(playerId)
            await audit('account-made', { accountId: user.id, address: addressOf(context) })
          },
        },
        update: {
          async before(user) {
            if ((user.email?.length ?? 0) > maxEmailChars)
              throw refusal('bad-request', ['email: is too long'])
            const fault = user.name === undefined ? null : nameFault(user.name)
            if (fault !== null) throw refusal('bad-request', [fault])
            if (user.image !== undefined && user.image !== null)
              throw refusal('bad-request', ['image: is not kept'])
          },
        },
      },
      session: {
        create: {
          async before(session, context) {
            const player = await store.settle(session.userId, await options.guestOf(cookiesOf(context)))
            if (player !== null) options.playerTaken(player)
          },
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
    hooks: createHooks(library, {
      ...options,
      changed: (from, to) => send(addressChangedMessage(from, to, `${publicUrl}/account`)),
    }),
    plugins: [
      passkey({
        rpName: 'Nearcade',
        rpID: new URL(publicUrl).hostname,
        origin: isPublic ? new URL(publicUrl).origin : null,
      }),
      organisationPlugin(library, publicUrl, send),
      ...(provider === null
        ? []
        : [
            genericOAuth({
              config: [
                {
                  providerId: openIdProvider,
                  discoveryUrl,
                  clientId: provider.clientId,
                  clientSecret: provider.clientSecret,
                  scopes: ['openid', 'email', 'profile'],
                  pkce: true,
                  requireIdTokenVerification: true,
                  requireEmailVerification: true,
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
      const found = await auth.api.getSession({
        headers: new Headers({ cookie: cookieHeader }),
        // Whoever is told nothing keeps a cookie that runs out.
        query: { disableRefresh: true },
      })
      return found === null ? null : { accountId: found.user.id, email: found.user.email }
    },
  }
}

/** Whether it is worth asking: the library would wait for it as long as it takes, and everybody with it. */
async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(providerTimeoutMs) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
