/**
 * How sessions of publishers' titles played and about where from, and what players think of titles. The place is the cell of one degree
 * that the operator's view keeps of open sessions, and stays null for those who say nothing of a place.
 */
export const playQuality = {
  name: '0018-play-quality',
  sql: `
alter table title_plays
  add column country text,
  add column lat integer,
  add column lon integer,
  add column click_p50_ms double precision,
  add column click_p95_ms double precision,
  add column frames_shown double precision,
  add column frames_dropped double precision,
  add column frames_decoded double precision,
  add column decode_ms double precision,
  add column freezes double precision,
  add column frozen_ms double precision,
  add column seen_ms double precision;

create table title_ratings (
  title_id text not null,
  player_id text not null,
  stars integer not null check (stars between 1 and 5),
  words text,
  version text not null,
  at_ms double precision not null,
  primary key (title_id, player_id)
);
create index title_ratings_newest on title_ratings (title_id, at_ms);
create index title_ratings_player on title_ratings (player_id);
`,
} as const
