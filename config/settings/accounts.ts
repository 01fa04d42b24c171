import * as z from 'zod/mini'
import { SettingsError } from './parse.ts'

const short = z.string().check(z.maxLength(500))

const host = String.raw`(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?`
const origin = new RegExp(`^https?://${host}/?$`, 'i')
/** Plain HTTP tells secrets to everybody on the way: on this machine alone there is nobody. */
const issuer = new RegExp(
  String.raw`^(?:https://${host}|http://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d{1,5})?)(?:/[^?#\s]*)?$`,
  'i',
)
const smtp = new RegExp(String.raw`^smtps?://(?:[^@/\s]+@)?${host}/?(?:\?\S*)?$`, 'i')

const emptyOr = (pattern: RegExp, why: string) =>
  z._default(short.check(z.refine((text: string) => text === '' || pattern.test(text), why)), '')

/** Without the prefix, as in `config/settings/router.ts`. */
export const accountShape = {
  /** Where browsers find this router, for links in mail and for passkeys: `https://play.example`; empty: this machine alone. */
  PUBLIC_URL: emptyOr(origin, 'must be such as https://play.example'),
  /** The server that takes mail, `smtp://user:password@mail.example:587`; empty: mail goes to the log. */
  SMTP_URL: emptyOr(smtp, 'must be such as smtp://user:password@mail.example:587'),
  /** Who mail is from: `Nearcade <no-reply@play.example>`. */
  MAIL_FROM: z._default(short.check(z.regex(/^$|@/, 'must hold an e-mail address')), ''),
  /** An OpenID Connect provider that people may sign in with: its issuer, and what it knows this router as. Empty: none. */
  OIDC_ISSUER: emptyOr(issuer, 'must be such as https://login.example'),
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
    publicUrl: text.PUBLIC_URL === '' ? null : text.PUBLIC_URL.toLowerCase().replace(/\/$/, ''),
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
