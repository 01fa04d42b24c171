import * as z from 'zod/mini'
import { roles } from '../accounts.ts'

/** What an organisation is there for. */
export const organisationKind = z.enum(['publisher', 'host'])
export type OrganisationKind = z.infer<typeof organisationKind>

/** `GET /api/account`: who is signed in, and where they belong. */
export const accountView = z.object({
  account: z.nullable(
    z.object({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      isOperator: z.boolean(),
      /** Whose sessions and saves are theirs: the id that their browsers have as guests. */
      playerId: z.string(),
    }),
  ),
  organisations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      slug: z.string(),
      kind: organisationKind,
      role: z.enum(roles),
    }),
  ),
})
export type AccountView = z.infer<typeof accountView>
