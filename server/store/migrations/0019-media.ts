/**
 * Pictures and trailers of titles. A work is what is made of one file's bytes, whoever brought them and however often; its blobs are what
 * was brought by the console and what was made of it.
 */
export const media = {
  name: '0019-media',
  sql: `
create table media_works (
  key text not null,
  form text not null,
  source text not null,
  state text not null,
  created_at_ms double precision not null,
  primary key (key, form)
);
create index media_works_waiting on media_works (created_at_ms) where state = '{"kind":"waiting"}';

create table media_blobs (
  sha256 text not null,
  key text not null,
  form text not null,
  primary key (sha256, key, form),
  foreign key (key, form) references media_works (key, form) on delete cascade
);
create index media_blobs_of on media_blobs (key, form);

create table title_media (
  id text primary key,
  title_id text not null references published_titles (id),
  version text,
  kind text not null,
  position integer not null,
  alt text not null,
  name text not null,
  bytes double precision not null,
  key text not null,
  form text not null,
  created_at_ms double precision not null,
  removed_at_ms double precision,
  foreign key (key, form) references media_works (key, form),
  foreign key (title_id, version) references title_versions (title_id, version) on delete cascade
);
create index title_media_of on title_media (title_id);
create index title_media_work on title_media (key, form);
`,
} as const
