/** What was wanted, hour by hour. Small: one row an hour for each region and class, and for each place of players. */
export const demand = {
  name: '0005-demand',
  sql: `
create table demand_hours (
  hour integer not null,
  region text not null,
  seat_class text not null,
  peak integer not null,
  primary key (hour, region, seat_class)
);

create table place_hours (
  hour integer not null,
  place_id text not null,
  peak integer not null,
  primary key (hour, place_id)
);

create table session_places (
  session_id text primary key,
  place_id text not null
);
`,
} as const
