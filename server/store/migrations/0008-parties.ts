/** Parties are few and read whole. */
export const parties = {
  name: '0008-parties',
  sql: `
create table parties (
  code text primary key,
  party text not null,
  seen_at_ms double precision not null
);
`,
} as const
