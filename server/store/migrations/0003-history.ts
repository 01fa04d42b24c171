/** Applied once and never edited: a change of the schema is a new file. */
export const history = {
  name: '0003-history',
  sql: `
create table route_history (
  prefix text not null,
  site_id text not null,
  quantiles jsonb not null,
  updated_at_ms double precision not null,
  primary key (prefix, site_id)
);
create index route_history_age on route_history (updated_at_ms);
`,
} as const
