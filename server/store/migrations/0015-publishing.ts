/**
 * Titles of publishers, the builds of them, which build a session plays, and what came of it. Sessions of built-in titles have no build
 * and cost nothing more: the index has none of them.
 */
export const publishing = {
  name: '0015-publishing',
  sql: `
create table published_titles (
  id text primary key,
  org_id text not null,
  created_at_ms double precision not null,
  channels text not null,
  revision integer not null default 0
);
create index published_titles_org on published_titles (org_id);

create table title_versions (
  title_id text not null references published_titles (id),
  version text not null,
  tree_id text not null,
  manifest text not null,
  size_bytes double precision not null,
  created_at_ms double precision not null,
  created_by text not null,
  "check" text not null,
  primary key (title_id, version)
);
create index title_versions_tree on title_versions (tree_id);

alter table sessions add column version text, add column channel text;
create index sessions_published on sessions (title_id, created_at_ms) where channel is not null;

create table title_plays (
  session_id text primary key,
  title_id text not null,
  version text not null,
  channel text not null,
  region text not null,
  created_at_ms double precision not null,
  play_at_ms double precision,
  ended_at_ms double precision not null,
  reason text not null,
  detail text
);
create index title_plays_of on title_plays (title_id, created_at_ms);

-- As before, with the build that each session plays.
create or replace function create_sessions(wishes jsonb) returns setof text language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  insert into guests as g (id, created_at_ms, seen_at_ms)
    select "guestId", "createdAtMs", "createdAtMs"
    from jsonb_to_recordset(wishes) as w("guestId" text, "createdAtMs" double precision)
    order by 1
    on conflict (id) do update set seen_at_ms = greatest(g.seen_at_ms, excluded.seen_at_ms);
  return query
    insert into sessions (id, guest_id, title_id, idempotency_key, request, state, revision, created_at_ms, version, channel)
    select w.id, w."guestId", w."titleId", w.key, w.request, '{"kind":"requested"}', 0, w."createdAtMs", w.version, w.channel
    from jsonb_to_recordset(wishes) as w(
      id text, "guestId" text, "titleId" text, key text, request text, "createdAtMs" double precision, "maxOpen" integer,
      version text, channel text)
    where not exists (select from sessions s where s.guest_id = w."guestId" and s.idempotency_key = w.key)
      and w."maxOpen" > (select count(*) from sessions s where s.guest_id = w."guestId" and not s.ended)
    returning sessions.id;
end $$;
`,
} as const
