/** Who plays in somebody else's session, and as which of its players; its owner is the first one and has no row. */
export const players = {
  name: '0012-players',
  sql: `
create table session_players (
  session_id text not null,
  guest_id text not null,
  number integer not null,
  primary key (session_id, guest_id),
  unique (session_id, number)
);
`,
} as const
