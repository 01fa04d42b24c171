import * as z from 'zod/mini'
import { SettingsError } from './parse.ts'

const short = z.string().check(z.maxLength(500))

/** Plain HTTP tells secrets to everybody on the way: on this machine alone there is nobody. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' ||
  (protocol === 'http:' && (/^(?:127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) || hostname === 'localhost'))

function urlIn(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

const isOrigin = (text: string): boolean => {
  const url = urlIn(text)
  return (
    url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href && url.username === ''
  )
}
const isIssuer = (text: string): boolean => {
  const url = urlIn(text)
  return url !== null && isSafe(url) && url.search === '' && url.hash === ''
}
const isSmtp = (text: string): boolean => {
  const url = urlIn(text)
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== ''
}

/** Without the prefix, as in `config/settings/router.ts`. */
export const accountShape = {
  /** Where browsers find this router, for links in mail and for passkeys: `https://play.example`; empty: this machine alone. */
  PUBLIC_URL: z._default(
    short.check(
      z.refine((text: string) => text === '' || isOrigin(text), 'must be such as https://play.example'),
    ),
    '',
  ),
  /** The server that takes mail, `smtp://user:password@mail.example:587`; empty: mail goes to the log. */
  SMTP_URL: z._default(
    short.check(
      z.refine((text: string) => text === '' || isSmtp(text), 'must begin with smtp:// or smtps://'),
    ),
    '',
  ),
  /** Who mail is from: `Nearcade <no-reply@play.example>`. */
  MAIL_FROM: z._default(short.check(z.regex(/^$|@/, 'must hold an e-mail address')), ''),
  /** An OpenID Connect provider that people may sign in with: its issuer, and what it knows this router as. Empty: none. */
  OIDC_ISSUER: z._default(
    short.check(z.refine((text: string) => text === '' || isIssuer(text), 'must begin with https://')),
    '',
  ),
  OIDC_CLIENT_ID: z._default(short, ''),
  OIDC_CLIENT_SECRET: z._default(short, ''),
  /** As the page names it. */
  OIDC_NAME: z._default(z.string().check(z.minLength(1), z.maxLength(40)), 'OpenID'),
}

type AccountTexts = { readonly [Key in keyof typeof accountShape]: string }

/** @throws SettingsError */
export function accountSettings(text: AccountTexts) {
  const faults: string[] = []
  const together = (...names: readonly (keyof AccountTexts)[]): void => {
    const missing = names.filter((name) => text[name] === '')
    if (missing.length === 0 || missing.length === names.length) return
    const there = names.find((name) => text[name] !== '')
    faults.push(
      `NEARCADE_${there} needs ${missing.map((name) => `NEARCADE_${name}`).join(' and ')} beside it`,
    )
  }
  together('SMTP_URL', 'MAIL_FROM')
  together('OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET')
  if (faults.length > 0) throw new SettingsError(faults)
  return {
    publicUrl: text.PUBLIC_URL === '' ? null : new URL(text.PUBLIC_URL).origin,
    mail: text.SMTP_URL === '' ? null : { smtpUrl: text.SMTP_URL, from: text.MAIL_FROM },
    openId:
      text.OIDC_ISSUER === ''
        ? null
        : {
            issuer: text.OIDC_ISSUER,
            clientId: text.OIDC_CLIENT_ID,
            clientSecret: text.OIDC_CLIENT_SECRET,
            name: text.OIDC_NAME,
          },
  } as const
}
