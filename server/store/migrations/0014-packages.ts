/** Uploads of builds, the trees that came of them, and which chunks each organisation has brought. The bytes are elsewhere, by their hashes. */
export const packages = {
  name: '0014-packages',
  sql: `
create table package_uploads (
  id text primary key,
  org_id text not null,
  content_id text not null,
  kind text not null,
  state text not null,
  chunks text[] not null,
  total_bytes double precision not null,
  error text,
  tree_id text,
  touched_at_ms double precision not null,
  unique (org_id, content_id)
);
create index package_uploads_chunks on package_uploads using gin (chunks);

create table package_trees (
  org_id text not null,
  tree_id text not null,
  kept boolean not null default false,
  chunks text[] not null,
  touched_at_ms double precision not null,
  primary key (org_id, tree_id)
);
create index package_trees_tree on package_trees (tree_id);
create index package_trees_chunks on package_trees using gin (chunks);

create table package_chunks (
  org_id text not null,
  sha256 text not null,
  bytes integer not null,
  came_at_ms double precision not null,
  primary key (org_id, sha256)
);
create index package_chunks_sha256 on package_chunks (sha256);

create table package_usage (
  org_id text primary key,
  bytes double precision not null
);
`,
} as const
