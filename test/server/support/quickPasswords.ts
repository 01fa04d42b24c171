import { createHash } from 'node:crypto'
import type { PasswordHashing } from '../../../server/accounts/library.ts'

const digest = (password: string): string => createHash('sha256').update(password).digest('hex')

/** For tests that are not about how passwords are kept: scrypt takes a tenth of a second of a core each time. */
export const quickPasswords: PasswordHashing = {
  hash: async (password) => digest(password),
  verify: async ({ hash, password }) => hash === digest(password),
}
