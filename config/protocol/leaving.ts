import * as z from 'zod/mini'
import { organisationKind } from './account.ts'

/**
 * Leaving, and what one takes along:
 *
 *   GET    /api/account/player                          PlayerData: what is kept of whoever plays in this browser, with an account or not
 *   GET    /api/account/player/export                   all of it, as a ZIP
 *   DELETE /api/account/player                          {}: it goes, and what they play ends
 *   GET    /api/account/leaving                         StandingOrganisations
 *   GET    /api/account/organisations/:orgId/export     JSON lines: the organisation, members, keys, titles and the log
 *   DELETE /api/account/organisations/:orgId            OrganisationName → {}
 *   POST   /api/auth/change-email                       better-auth's, with `password`
 */
export const playerData = z.object({
  saves: z.array(
    z.object({
      titleId: z.string(),
      slot: z.number(),
      takenAtMs: z.number(),
      files: z.number(),
      bytes: z.number(),
    }),
  ),
  sessions: z.number(),
  ratings: z.number(),
})
export type PlayerData = z.infer<typeof playerData>

/** What would be without an owner if the account went. */
export const standingOrganisations = z.object({
  organisations: z.array(
    z.object({ id: z.string(), name: z.string(), slug: z.string(), kind: organisationKind }),
  ),
})
export type StandingOrganisations = z.infer<typeof standingOrganisations>

/** So that nobody deletes an organisation by mistake. */
export const organisationName = z.strictObject({ name: z.string().check(z.maxLength(200)) })
