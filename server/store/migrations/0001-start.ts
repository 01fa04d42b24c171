/** Applied once and never edited: a change of the schema is a new file. */
export const start = {
  name: '0001-start',
  sql: `
create table guests (
  id text primary key,
  created_at_ms double precision not null,
  seen_at_ms double precision not null
);

create table titles (
  id text primary key,
  manifest jsonb not null,
  updated_at_ms double precision not null
);

create table enrol_tokens (
  hash text primary key,
  host text not null,
  offered_at_ms double precision not null,
  used_at_ms double precision
);

create table nodes (
  id text primary key,
  public_key text not null,
  host text not null,
  enrolled_at_ms double precision not null
);

create table sessions (
  id text primary key,
  guest_id text not null references guests (id),
  title_id text not null,
  idempotency_key text not null,
  request jsonb not null,
  state jsonb not null,
  ended boolean not null default false,
  revision integer not null,
  node_seq double precision not null default 0,
  placement jsonb,
  created_at_ms double precision not null,
  unique (guest_id, idempotency_key)
);
create index sessions_open on sessions (guest_id) where not ended;

create table session_events (
  session_id text not null references sessions (id),
  seq integer not null,
  source text not null check (source in ('router', 'node')),
  event jsonb not null,
  at_ms double precision not null,
  primary key (session_id, seq)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger session_events_append_only before update or delete on session_events
  for each row execute function refuse_change();
`,
} as const
