import * as z from 'zod/mini'
import { organisationKind } from '../../config/protocol/account.ts'

const maxName = 80
/** RFC 5321, section 4.5.3.1.3: 256 with the brackets around it. */
export const maxEmailChars = 254
/** Nothing that a line cannot hold, and nothing that looks like a link in somebody's mail. */
const isPlain = (name: string): boolean => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|:\/\//u.test(name)

/** What is wrong with the name of a person or an organisation, or null. */
export function nameFault(name: unknown): string | null {
  if (typeof name !== 'string' || name.trim() === '' || name.length > maxName)
    return `name: takes 1 to ${maxName} characters`
  return isPlain(name) ? null : 'name: takes one line of text'
}

/** What is wrong with what an organisation shall be. @param isNew of a change only what it names counts, and the kind stays */
export function organisationFault(wanted: Readonly<Record<string, unknown>>, isNew: boolean): string | null {
  const { name, slug, kind, logo, metadata } = wanted
  if (isNew || name !== undefined) {
    const fault = nameFault(name)
    if (fault !== null) return fault
  }
  if (
    (isNew || slug !== undefined) &&
    !(typeof slug === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/.test(slug))
  )
    return 'slug: takes lower-case letters, digits and - inside, 48 at most'
  if (isNew && !z.safeParse(organisationKind, kind).success)
    return `kind: takes ${organisationKind.options.join(' or ')}`
  if (!isNew && kind !== undefined) return 'kind: stays as it is'
  if (![undefined, null, ''].some((none) => none === logo)) return 'logo: is not kept'
  return metadata === undefined || metadata === null ? null : 'metadata: is not kept'
}
