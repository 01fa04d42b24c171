/** Applied once and never edited: a change of the schema is a new file. */
export const saves = {
  name: '0007-saves',
  sql: `
create table save_homes (
  guest_id text not null,
  title_id text not null,
  slot integer not null,
  term integer not null,
  session_id text not null,
  node_id text not null,
  lease_id text not null,
  closed boolean not null default false,
  seq integer not null default 0,
  version integer not null default 0,
  left_behind boolean not null default false,
  primary key (guest_id, title_id, slot)
);
create index save_homes_session on save_homes (session_id);

create table save_snapshots (
  guest_id text not null,
  title_id text not null,
  slot integer not null,
  version integer not null,
  session_id text not null,
  node_id text not null,
  taken_at_ms double precision not null,
  files text not null,
  chunks text[] not null,
  primary key (guest_id, title_id, slot, version)
);
create index save_snapshots_chunks on save_snapshots using gin (chunks);
`,
} as const
