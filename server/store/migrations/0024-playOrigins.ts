/**
 * Where sessions of publishers' titles were served and what network they came from, so that a canary is not judged by one node or one network.
 * The network is a keyed hash, and both are shown to nobody.
 */
export const playOrigins = {
  name: '0024-play-origins',
  sql: `
alter table title_plays
  add column node_id text,
  add column network text;
`,
} as const
