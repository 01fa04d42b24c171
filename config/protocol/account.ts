import * as z from 'zod/mini'
import { roles, scopes } from '../accounts.ts'

/** What an organisation is there for. */
export const organisationKind = z.enum(['publisher', 'host'])
export type OrganisationKind = z.infer<typeof organisationKind>

/** `GET /api/account`: who is signed in, and where they belong. */
export const accountView = z.object({
  signIn: z.object({
    /** Somebody else who may say who one is; null: nobody. */
    openId: z.nullable(z.object({ name: z.string() })),
    /** An e-mail address has to be confirmed before it signs in. */
    verifies: z.boolean(),
  }),
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

/** `GET /api/account/keys/:orgId`: the keys of an organisation; never a key itself. */
export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first characters. */
  start: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdBy: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.nullable(z.number()),
  revokedAtMs: z.nullable(z.number()),
  /** To the minute. */
  usedAtMs: z.nullable(z.number()),
})
export type ApiKeyView = z.infer<typeof apiKeyView>
export const apiKeyList = z.object({ keys: z.array(apiKeyView) })

/** Body of `POST /api/account/keys/:orgId`. */
export const newApiKey = z.strictObject({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(80)),
  scopes: z.array(z.enum(scopes)).check(z.minLength(1), z.maxLength(scopes.length)),
  /** Absent: until it is revoked. */
  expiresInDays: z.optional(z.int().check(z.gte(1), z.lte(3650))),
})
export type NewApiKey = z.infer<typeof newApiKey>

/** Its answer: the only time that the key itself is told. */
export const madeApiKey = z.object({ key: z.string(), view: apiKeyView })
export type MadeApiKey = z.infer<typeof madeApiKey>

/** Body of `POST /api/account/operator`: what the one-time link holds. */
export const operatorClaim = z.strictObject({ token: z.string().check(z.minLength(1), z.maxLength(200)) })

/** `GET /api/account/audit/:orgId?before=ID`, and `/api/account/audit` for the operator: newest first. */
export const auditPage = z.object({
  entries: z.array(
    z.object({
      id: z.number(),
      atMs: z.number(),
      action: z.string(),
      accountId: z.nullable(z.string()),
      keyId: z.nullable(z.string()),
      orgId: z.nullable(z.string()),
      detail: z.nullable(z.string()),
      /** Prefix of the address that it came from; '' where it had none. */
      address: z.string(),
    }),
  ),
})
export type AuditPage = z.infer<typeof auditPage>
