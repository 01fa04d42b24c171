/** What a version looked like while it was checked; it goes with the version. */
export const checkPictures = {
  name: '0017-check-pictures',
  sql: `
create table check_pictures (
  title_id text not null,
  version text not null,
  name text not null,
  png text not null,
  primary key (title_id, version, name),
  foreign key (title_id, version) references title_versions (title_id, version) on delete cascade
);
`,
} as const
