/** What a version did in the first seconds of its last check: MP4 in base64; it goes with the version. */
export const checkClips = {
  name: '0023-check-clips',
  sql: `
create table check_clips (
  title_id text not null,
  version text not null,
  mp4 text not null,
  primary key (title_id, version),
  foreign key (title_id, version) references title_versions (title_id, version) on delete cascade
);
`,
} as const
