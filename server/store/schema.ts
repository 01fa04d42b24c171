import {
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import type { CreateSession } from '../../config/protocol/api.ts'
import type { PlacementReport, TrustClass } from '../../config/protocol/placement.ts'
import type { SessionEvent, SessionState } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { SessionChannel } from './publishingStore.ts'
import type { Party } from '../parties/party.ts'
import type { Decaying } from '../placement/routing/decaying.ts'
import { jsonText } from './jsonText.ts'
import { packedPlacement } from './packedPlacement.ts'

/** The tables as queries see them. What makes them is in migrations/. */
export const guests = pgTable('guests', {
  id: text('id').primaryKey(),
  createdAtMs: doublePrecision('created_at_ms').notNull(),
  seenAtMs: doublePrecision('seen_at_ms').notNull(),
})

export const titles = pgTable('titles', {
  id: text('id').primaryKey(),
  manifest: jsonb('manifest').$type<TitleManifest>().notNull(),
  updatedAtMs: doublePrecision('updated_at_ms').notNull(),
})

export const enrolTokens = pgTable('enrol_tokens', {
  hash: text('hash').primaryKey(),
  host: text('host').notNull(),
  offeredAtMs: doublePrecision('offered_at_ms').notNull(),
  usedAtMs: doublePrecision('used_at_ms'),
  trust: text('trust').$type<TrustClass>(),
  expiresAtMs: doublePrecision('expires_at_ms'),
})

export const nodes = pgTable('nodes', {
  id: text('id').primaryKey(),
  publicKey: text('public_key').notNull(),
  host: text('host').notNull(),
  enrolledAtMs: doublePrecision('enrolled_at_ms').notNull(),
  trust: text('trust').$type<TrustClass>(),
})

export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    guestId: text('guest_id').notNull(),
    titleId: text('title_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    request: jsonText<CreateSession>('request').notNull(),
    state: jsonb('state').$type<SessionState>().notNull(),
    ended: boolean('ended').notNull().default(false),
    revision: integer('revision').notNull(),
    nodeSeq: doublePrecision('node_seq').notNull().default(0),
    placement: jsonText<PlacementReport>('placement', packedPlacement),
    createdAtMs: doublePrecision('created_at_ms').notNull(),
    version: text('version'),
    channel: text('channel').$type<SessionChannel>(),
  },
  (table) => [unique().on(table.guestId, table.idempotencyKey)],
)

export const sessionEvents = pgTable(
  'session_events',
  {
    sessionId: text('session_id').notNull(),
    seq: integer('seq').notNull(),
    source: text('source', { enum: ['router', 'node'] }).notNull(),
    event: jsonb('event').$type<SessionEvent>().notNull(),
    atMs: doublePrecision('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq] })],
)

export const routeHistory = pgTable(
  'route_history',
  {
    prefix: text('prefix').notNull(),
    siteId: text('site_id').notNull(),
    quantiles: jsonb('quantiles').$type<Decaying>().notNull(),
    updatedAtMs: doublePrecision('updated_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.prefix, table.siteId] })],
)

export const parties = pgTable('parties', {
  code: text('code').primaryKey(),
  party: jsonText<Party>('party').notNull(),
  seenAtMs: doublePrecision('seen_at_ms').notNull(),
})

export const waitingNetworks = pgTable('waiting_networks', {
  sessionId: text('session_id').primaryKey(),
  network: text('network').notNull(),
})

export const sessionPlayers = pgTable(
  'session_players',
  {
    sessionId: text('session_id').notNull(),
    guestId: text('guest_id').notNull(),
    number: integer('number').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.guestId] }),
    unique().on(table.sessionId, table.number),
  ],
)
