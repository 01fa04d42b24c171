/** Who vouches for a node. Until now every token came from the settings of the router itself, so from its operator. */
export const trust = {
  name: '0004-trust',
  sql: `
alter table enrol_tokens add column trust text check (trust in ('community', 'verified', 'operator'));
alter table nodes add column trust text check (trust in ('community', 'verified', 'operator'));
update enrol_tokens set trust = 'operator' where host = 'local';
update nodes set trust = 'operator' where host = 'local';
`,
} as const
