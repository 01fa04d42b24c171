import { bigint, boolean, doublePrecision, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { Scope } from '../../config/accounts.ts'
import type { OrganisationKind } from '../../config/protocol/account.ts'

const time = (name: string) => timestamp(name, { withTimezone: true })

/** Fields of the tables that the library of accounts works with have its names. */
export const accounts = pgTable('accounts', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  playerId: text('player_id').notNull(),
  isOperator: boolean('is_operator').notNull().default(false),
  /** It has its player for good. */
  isSettled: boolean('is_settled').notNull().default(true),
})

export const accountSessions = pgTable('account_sessions', {
  id: text('id').primaryKey(),
  token: text('token').notNull(),
  userId: text('account_id').notNull(),
  expiresAt: time('expires_at').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  activeOrganizationId: text('active_organisation_id'),
})

export const accountCredentials = pgTable('account_credentials', {
  id: text('id').primaryKey(),
  userId: text('account_id').notNull(),
  providerId: text('provider_id').notNull(),
  accountId: text('provider_account_id').notNull(),
  accessToken: text('access_token'),
  refreshToken: text('refresh_token'),
  idToken: text('id_token'),
  accessTokenExpiresAt: time('access_token_expires_at'),
  refreshTokenExpiresAt: time('refresh_token_expires_at'),
  scope: text('scope'),
  password: text('password'),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

export const accountTokens = pgTable('account_tokens', {
  id: text('id').primaryKey(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: time('expires_at').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
})

export const accountPasskeys = pgTable('account_passkeys', {
  id: text('id').primaryKey(),
  name: text('name'),
  publicKey: text('public_key').notNull(),
  userId: text('account_id').notNull(),
  credentialID: text('credential_id').notNull(),
  counter: integer('counter').notNull(),
  deviceType: text('device_type').notNull(),
  backedUp: boolean('backed_up').notNull(),
  transports: text('transports'),
  createdAt: time('created_at').defaultNow(),
  aaguid: text('aaguid'),
})

export const organisations = pgTable('organisations', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  kind: text('kind').$type<OrganisationKind>().notNull(),
  logo: text('logo'),
  metadata: text('metadata'),
  createdAt: time('created_at').notNull().defaultNow(),
})

export const organisationMembers = pgTable('organisation_members', {
  id: text('id').primaryKey(),
  organizationId: text('org_id').notNull(),
  userId: text('account_id').notNull(),
  role: text('role').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
})

export const organisationInvitations = pgTable('organisation_invitations', {
  id: text('id').primaryKey(),
  organizationId: text('org_id').notNull(),
  email: text('email').notNull(),
  role: text('role'),
  status: text('status').notNull(),
  expiresAt: time('expires_at').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  inviterId: text('inviter_id').notNull(),
})

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  orgId: text('org_id').notNull(),
  name: text('name').notNull(),
  hash: text('hash').notNull(),
  start: text('start').notNull(),
  scopes: text('scopes').array().$type<Scope[]>().notNull(),
  createdBy: text('created_by').notNull(),
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  expiresAtMs: doublePrecision('expires_at_ms'),
  revokedAtMs: doublePrecision('revoked_at_ms'),
  usedAtMs: doublePrecision('used_at_ms'),
})

export const signInAttempts = pgTable('sign_in_attempts', {
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  lastAtMs: doublePrecision('last_at_ms').notNull(),
  untilMs: doublePrecision('until_ms').notNull(),
})

export const operatorLinks = pgTable('operator_links', {
  hash: text('hash').primaryKey(),
  offeredAtMs: doublePrecision('offered_at_ms').notNull(),
  usedAtMs: doublePrecision('used_at_ms'),
  usedBy: text('used_by'),
})

export const auditLog = pgTable('audit_log', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  atMs: doublePrecision('at_ms').notNull(),
  action: text('action').notNull(),
  accountId: text('account_id'),
  keyId: text('key_id'),
  orgId: text('org_id'),
  detail: text('detail'),
  address: text('address').notNull(),
})
