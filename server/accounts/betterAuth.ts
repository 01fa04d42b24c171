import { type ErrorCode, errorCatalogue, wireError } from '../../config/errors.ts'

/**
 * What the project uses of better-auth, loaded when it is first needed: it takes half a second, which a router's start is better
 * without. As imports of packages these stay what they are in a bundle.
 */
export async function loadBetterAuth() {
  const [auth, api, drizzle, access, organisations, oauth, passkeys] = await Promise.all([
    import('better-auth/minimal'),
    import('better-auth/api'),
    import('better-auth/adapters/drizzle'),
    import('better-auth/plugins/access'),
    import('better-auth/plugins/organization'),
    import('better-auth/plugins/generic-oauth'),
    import('@better-auth/passkey'),
  ])
  const { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } = api
  return {
    betterAuth: auth.betterAuth,
    createAuthMiddleware,
    getSessionFromCtx,
    isAPIError,
    drizzleAdapter: drizzle.drizzleAdapter,
    createAccessControl: access.createAccessControl,
    organization: organisations.organization,
    genericOAuth: oauth.genericOAuth,
    passkey: passkeys.passkey,
    /** An error in the library's own shape. */
    failure: (status: 'BAD_REQUEST', code: string, message: string): Error =>
      new APIError(status, { code, message }),
    /** An error of ours that leaves through the library's doors, in its shape and in ours. */
    refusal(code: ErrorCode, details: readonly string[] = [], retryAfterS?: number): Error {
      const error = wireError(code, details)
      return new APIError(
        errorCatalogue[code].status,
        { code, message: error.what, error },
        retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) },
      )
    },
  }
}

export type BetterAuth = Awaited<ReturnType<typeof loadBetterAuth>>
