/** Bookings of seats for publishers' titles, and what came of them. */
export const events = {
  name: '0020-events',
  sql: `
create table events (
  id text primary key,
  org_id text not null,
  title_id text not null,
  name text not null,
  from_ms double precision not null,
  to_ms double precision not null,
  entry text not null,
  token text not null,
  give_back_after_ms double precision,
  sites text not null,
  idempotency_key text not null,
  created_at_ms double precision not null,
  created_by text not null,
  cancelled text,
  players integer not null default 0,
  most_used integer not null default 0,
  unique (org_id, idempotency_key)
);
create index events_end on events (to_ms);
`,
} as const
