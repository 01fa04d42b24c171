/**
 * Accounts and organisations that go. Every organisation keeps an owner until it goes itself, whoever leaves at once, and keys act no
 * longer than whoever has made them is an owner. An account takes over what its first confirmed browser has played.
 */
export const leaving = {
  name: '0021-leaving',
  sql: `
alter table accounts add column is_settled boolean not null default true;

create function keep_owner() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if 'owner' = any(string_to_array(new.role, ',')) then
      return new;
    end if;
  end if;
  -- Those of one organisation after each other. Where it is gone already, its members go with it.
  perform from organisations where id = old.org_id for update;
  if found and not exists (
    select from organisation_members
    where org_id = old.org_id and id <> old.id and 'owner' = any(string_to_array(role, ','))
  ) then
    raise exception 'an organisation keeps an owner' using errcode = 'check_violation';
  end if;
  update api_keys set revoked_at_ms = extract(epoch from clock_timestamp()) * 1000
    where org_id = old.org_id and created_by = old.account_id and revoked_at_ms is null;
  return coalesce(new, old);
end $$;
create trigger organisation_members_owner before update or delete on organisation_members
  for each row when ('owner' = any(string_to_array(old.role, ','))) execute function keep_owner();

-- With all that is its own in any table, but for the log and the ids of its titles, which are never given to anybody else.
create function drop_organisation(gone text) returns void language plpgsql as $$
declare
  place text;
begin
  delete from organisations where id = gone;
  delete from title_embeds where title_id in (select id from published_titles where org_id = gone);
  for place in
    select c.table_name from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and c.column_name = 'org_id' and t.table_type = 'BASE TABLE'
      and c.table_name not in ('audit_log', 'published_titles')
    order by 1
  loop
    execute format('delete from %I where org_id = $1', place) using gone;
  end loop;
end $$;
`,
} as const
