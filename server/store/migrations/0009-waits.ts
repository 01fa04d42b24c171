/** Where those in line come from, as a network and no nearer, so that a router that has just started knows which sites are near them. */
export const waits = {
  name: '0009-waits',
  sql: `
create table waiting_networks (
  session_id text primary key,
  network text not null
);
`,
} as const
