/**
 * What each step of a session costs: what is only read whole needs no jsonb, an event of a session is written together with that
 * session, so that looking the session up once more proves nothing, and where a page has room, a new version of a row needs no new
 * entry in any index.
 */
export const quickWrites = {
  name: '0006-quick-writes',
  sql: `
alter table sessions alter column request type text, alter column placement type text,
  alter column placement set storage external;
alter table session_events drop constraint session_events_session_id_fkey;
alter table sessions set (fillfactor = 40);

-- Adds sessions of different guests, but for those whose key was used before and those of guests that have as many open as they may.
-- A function, because it saves four of five ways to the database; each of its statements sees what was committed before it began.
-- A plan that was made for an empty table would read all of a large one.
create function create_sessions(wishes jsonb) returns setof text language plpgsql
set plan_cache_mode = force_custom_plan as $$
begin
  -- Guests' rows are the locks that put simultaneous calls in line; in one order, so that two routers never wait for each other.
  perform from guests
    where id in (select "guestId" from jsonb_to_recordset(wishes) as w("guestId" text))
    order by id for update;
  return query
    insert into sessions (id, guest_id, title_id, idempotency_key, request, state, revision, created_at_ms)
    select w.id, w."guestId", w."titleId", w.key, w.request, '{"kind":"requested"}', 0, w."createdAtMs"
    from jsonb_to_recordset(wishes) as w(
      id text, "guestId" text, "titleId" text, key text, request text, "createdAtMs" double precision, "maxOpen" integer)
    where not exists (select from sessions s where s.guest_id = w."guestId" and s.idempotency_key = w.key)
      and w."maxOpen" > (select count(*) from sessions s where s.guest_id = w."guestId" and not s.ended)
    returning sessions.id;
end $$;
`,
} as const
