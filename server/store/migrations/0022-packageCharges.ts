/** What packages really take: blocks and records, not bytes alone, and the texts that name their content. */
export const packageCharges = {
  name: '0022-packageCharges',
  sql: `
alter table package_uploads add column text_charge double precision not null default 0;
alter table package_trees add column text_charge double precision not null default 0;
update package_usage u set bytes =
  (select coalesce(sum(greatest(c.bytes, 4096) + 512), 0) from package_chunks c where c.org_id = u.org_id);
`,
} as const
