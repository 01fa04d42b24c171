import { type WireError, wireError } from '../../config/errors.ts'
import { ApiError, wireErrorOf } from './api.ts'

const passwordShort = {
  what: 'This password is too short.',
  next: 'Take at least 10 characters; a few words are easy to keep in mind.',
}
const taken = {
  what: 'There is an account with this e-mail address.',
  next: 'Sign in, or ask for a new password.',
}

/** better-auth's codes in our words. */
const words: Readonly<Record<string, { readonly what: string; readonly next: string }>> = {
  INVALID_EMAIL_OR_PASSWORD: {
    what: 'The e-mail address or the password is wrong.',
    next: 'Look at both again, or ask for a new password.',
  },
  INVALID_PASSWORD: { what: 'The password is wrong.', next: 'Enter the one that you sign in with.' },
  INVALID_EMAIL: { what: 'This is no e-mail address.', next: 'It looks like name@example.org.' },
  EMAIL_NOT_VERIFIED: {
    what: 'This e-mail address is not confirmed yet.',
    next: 'Open the link in the message that we have sent you.',
  },
  PASSWORD_TOO_SHORT: passwordShort,
  PASSWORD_TOO_LONG: { what: 'This password is too long.', next: 'Take at most 128 characters.' },
  USER_ALREADY_EXISTS: taken,
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: taken,
  SIGN_IN_FIRST: {
    what: 'This link works where you are signed in.',
    next: 'Sign in with the address that your account has, then open the link again.',
  },
  INVALID_USER: {
    what: 'This link is for another account, or was used already.',
    next: 'Sign in to the account that it was sent for, and ask for a new one there.',
  },
  EMAIL_TAKEN: {
    what: 'Somebody has an account with this e-mail address by now.',
    next: 'Take another address.',
  },
  INVALID_TOKEN: {
    what: 'This link does not work any more.',
    next: 'It works once and for a while. Ask for a new one.',
  },
  TOKEN_EXPIRED: { what: 'This link is too old.', next: 'Ask for a new one.' },
  SESSION_EXPIRED: { what: 'You signed in long ago.', next: 'Sign out, sign in again, then try once more.' },
  SESSION_NOT_FRESH: {
    what: 'You signed in long ago.',
    next: 'Sign out, sign in again, then try once more.',
  },
  UNAUTHORIZED: { what: 'Nobody is signed in.', next: 'Reload this page and sign in.' },
  PASSKEY_NOT_FOUND: {
    what: 'Nobody here has this passkey.',
    next: 'Sign in another way, and add a passkey to your account then.',
  },
  AUTHENTICATION_FAILED: {
    what: 'The passkey was not accepted.',
    next: 'Try again, or sign in another way.',
  },
}

const own = {
  passkeyCancelled: {
    what: 'No passkey was used.',
    next: 'Try again, or go another way.',
  },
  passkeyThere: {
    what: 'This device has a passkey for your account.',
    next: 'Sign in with it: there is nothing to add.',
  },
} as const

export const said = (name: keyof typeof own): ApiError =>
  new ApiError(wireErrorOf({ code: name, ...own[name] }))

/** What a refusal of better-auth means: `{ code, message }`; null for any other shape. */
export function authFault(value: unknown, status: number): WireError | null {
  if (typeof value !== 'object' || value === null) return null
  const { code, message } = value as Record<string, unknown>
  if (typeof code === 'string') {
    const known = words[code]
    if (known !== undefined) return wireErrorOf({ code, ...known })
  }
  if (status === 429) return wireError('too-many-requests')
  if (typeof message !== 'string' || message === '') return null
  return wireErrorOf({
    code: 'internal',
    what: `${message.replace(/\.$/, '')}.`,
    next: 'Look at what you entered and try again.',
  })
}

/** The same for the `error` of an address that a link led to. */
export const addressFault = (code: string): WireError =>
  authFault({ code: code.toUpperCase(), message: 'This link does not work' }, 400) ?? wireError('internal')
