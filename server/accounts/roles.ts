import { type Role, roles } from '../../config/accounts.ts'

/** The role that is stored, possibly one of several separated by commas: the first in the order of `roles`. Null for none that is known. */
export function roleOf(stored: string): Role | null {
  const held = stored.split(',').map((part) => part.trim())
  return roles.find((role) => held.includes(role)) ?? null
}
