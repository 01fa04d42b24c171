/** Titles in other sites' pages: who may frame them, whose backends send players, and which of their tokens were used. */
export const embed = {
  name: '0016-embed',
  sql: `
create table title_embeds (
  title_id text primary key,
  origins text not null,
  launch_token_required boolean not null
);
create table launch_keys (
  id text not null,
  org_id text not null,
  name text not null,
  jwk text not null,
  created_at_ms double precision not null,
  primary key (org_id, id)
);
create table launch_tokens (
  org_id text not null,
  token_id text not null,
  expires_at_ms double precision not null,
  primary key (org_id, token_id)
);
create index launch_tokens_expiry on launch_tokens (expires_at_ms);
`,
} as const
