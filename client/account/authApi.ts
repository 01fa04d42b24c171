import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser'
import * as z from 'zod/mini'
import { call, type CallOptions } from '../ui/api.ts'
import { authFault, said } from '../ui/authWords.ts'

/** better-auth's own doors: what they answer is theirs, and what they refuse comes in their words. */
async function ask<T>(
  schema: z.ZodMiniType<T>,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  const options: CallOptions = { faultOf: authFault, ...(body === undefined ? {} : { body }) }
  return call(schema, method, `/api/auth${path}`, options)
}

const anything = z.unknown()
/** Dates come as text. */
const date = z.pipe(
  z.string(),
  z.transform((text: string) => Date.parse(text)),
)

const profile = z.object({
  session: z.object({ token: z.string() }),
  user: z.object({ name: z.string(), email: z.string(), emailVerified: z.boolean() }),
})
export type Profile = z.infer<typeof profile>

const authSession = z.object({
  token: z.string(),
  createdAt: date,
  updatedAt: date,
  ipAddress: z.nullish(z.string()),
  userAgent: z.nullish(z.string()),
})
export type AuthSession = z.infer<typeof authSession>

const passkey = z.object({ id: z.string(), name: z.nullish(z.string()), createdAt: z.nullish(date) })
export type Passkey = z.infer<typeof passkey>

const redirect = z.object({ url: z.string() })

export const authApi = {
  signUp: (name: string, email: string, password: string) =>
    ask(anything, 'POST', '/sign-up/email', { name, email, password, callbackURL: verifiedAddress }),
  signIn: (email: string, password: string) =>
    ask(anything, 'POST', '/sign-in/email', { email, password, callbackURL: verifiedAddress }),
  signOut: () => ask(anything, 'POST', '/sign-out', {}),
  profile: () => ask(z.nullable(profile), 'GET', '/get-session'),
  rename: (name: string) => ask(anything, 'POST', '/update-user', { name }),
  sendVerification: (email: string) =>
    ask(anything, 'POST', '/send-verification-email', { email, callbackURL: verifiedAddress }),
  forgot: (email: string) =>
    ask(anything, 'POST', '/request-password-reset', { email, redirectTo: resetAddress }),
  reset: (token: string, newPassword: string) =>
    ask(anything, 'POST', '/reset-password', { token, newPassword }),
  changePassword: (currentPassword: string, newPassword: string) =>
    ask(anything, 'POST', '/change-password', { currentPassword, newPassword, revokeOtherSessions: true }),
  changeEmail: (newEmail: string, password: string) =>
    ask(anything, 'POST', '/change-email', {
      newEmail,
      callbackURL: changedAddress,
      ...(password === '' ? {} : { password }),
    }),
  deleteAccount: (password: string) => ask(anything, 'POST', '/delete-user', { password }),
  sessions: () => ask(z.array(authSession), 'GET', '/list-sessions'),
  endSession: (token: string) => ask(anything, 'POST', '/revoke-session', { token }),
  endOtherSessions: () => ask(anything, 'POST', '/revoke-other-sessions', {}),
  passkeys: () => ask(z.array(passkey), 'GET', '/passkey/list-user-passkeys'),
  renamePasskey: (id: string, name: string) => ask(anything, 'POST', '/passkey/update-passkey', { id, name }),
  removePasskey: (id: string) => ask(anything, 'POST', '/passkey/delete-passkey', { id }),

  /** @throws ApiError, also when the person did not go on */
  async addPasskey(name: string): Promise<void> {
    const options = await ask(
      z.custom<PublicKeyCredentialCreationOptionsJSON>(isRecord),
      'GET',
      `/passkey/generate-register-options?name=${encodeURIComponent(name)}`,
    )
    const response = await ceremony(() => startRegistration({ optionsJSON: options }))
    await ask(anything, 'POST', '/passkey/verify-registration', { response, name })
  },
  async signInWithPasskey(): Promise<void> {
    const options = await ask(
      z.custom<PublicKeyCredentialRequestOptionsJSON>(isRecord),
      'GET',
      '/passkey/generate-authenticate-options',
    )
    const response = await ceremony(() => startAuthentication({ optionsJSON: options }))
    await ask(anything, 'POST', '/passkey/verify-authentication', { response })
  },
  /** @returns where the browser goes on */
  signInWithOpenId: async (callbackURL: string): Promise<string> =>
    (await ask(redirect, 'POST', '/sign-in/social', { provider: 'oidc', callbackURL })).url,
}

/** Where links in e-mails lead in the end. */
export const verifiedAddress = '/account?verified=1'
export const changedAddress = '/account?changed=1'
export const resetAddress = '/account?reset=1'

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null

/** What the browser and the person do with a passkey. */
async function ceremony<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return await begin()
  } catch (failure) {
    throw said(
      failure instanceof WebAuthnError && failure.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED'
        ? 'passkeyThere'
        : 'passkeyCancelled',
    )
  }
}
