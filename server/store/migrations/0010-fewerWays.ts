/**
 * Two of five ways to the database less for each session: its creation notes the guest's visit too, and a step is one call. The
 * functions keep their plans, which must not read whole tables: those are empty when the plans are made, and joins other than by index
 * look cheap then (with 32,000 sessions they took 2.7 ms a session instead of 0.5).
 */
export const fewerWays = {
  name: '0010-fewer-ways',
  sql: `
-- Notes the visits of different guests and adds a session of each, but for those whose key was used before and those of guests that
-- have as many open as they may. Each statement sees what was committed before it began.
create or replace function create_sessions(wishes jsonb) returns setof text language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  -- The guests' rows are the locks that put simultaneous calls in line; in one order, so that two routers never wait for each other.
  insert into guests as g (id, created_at_ms, seen_at_ms)
    select "guestId", "createdAtMs", "createdAtMs"
    from jsonb_to_recordset(wishes) as w("guestId" text, "createdAtMs" double precision)
    order by 1
    on conflict (id) do update set seen_at_ms = greatest(g.seen_at_ms, excluded.seen_at_ms);
  return query
    insert into sessions (id, guest_id, title_id, idempotency_key, request, state, revision, created_at_ms)
    select w.id, w."guestId", w."titleId", w.key, w.request, '{"kind":"requested"}', 0, w."createdAtMs"
    from jsonb_to_recordset(wishes) as w(
      id text, "guestId" text, "titleId" text, key text, request text, "createdAtMs" double precision, "maxOpen" integer)
    where not exists (select from sessions s where s.guest_id = w."guestId" and s.idempotency_key = w.key)
      and w."maxOpen" > (select count(*) from sessions s where s.guest_id = w."guestId" and not s.ended)
    returning sessions.id;
end $$;

-- Moves different sessions by a revision for each event and appends the events; those whose stored revision is another one stay as
-- they are.
create function advance_sessions(steps jsonb) returns setof text language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query
    with given as materialized (
      select * from jsonb_to_recordset(steps) as s(
        "sessionId" text, revision integer, state jsonb, ended boolean, "nodeSeq" double precision,
        source text, events jsonb, "atMs" double precision, placement text)),
    moved as (
      update sessions set
        state = given.state,
        revision = given.revision,
        ended = given.ended,
        node_seq = greatest(sessions.node_seq, given."nodeSeq"),
        placement = coalesce(given.placement, sessions.placement)
      from given
      where sessions.id = given."sessionId" and sessions.revision = given.revision - jsonb_array_length(given.events)
      returning sessions.id as id),
    noted as (
      insert into session_events (session_id, seq, source, event, at_ms)
      select g."sessionId", g.revision - jsonb_array_length(g.events) + e.number, g.source, e.event, g."atMs"
      from given g
      join moved on moved.id = g."sessionId"
      cross join jsonb_array_elements(g.events) with ordinality as e(event, number))
    select moved.id from moved;
end $$;
`,
} as const
