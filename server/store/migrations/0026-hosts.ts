/** Hosts other than the network's own: their tokens run out, and their nodes are listed. */
export const hosts = {
  name: '0026-hosts',
  sql: `
alter table enrol_tokens add column expires_at_ms double precision;
create index nodes_of_host on nodes (host, enrolled_at_ms);
`,
} as const
