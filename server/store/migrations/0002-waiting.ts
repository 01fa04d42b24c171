/** The expected wait in a line comes from how long the latest sessions had their seats. */
export const waiting = {
  name: '0002-waiting',
  sql: `
create index session_events_ends on session_events (at_ms desc) where event ->> 'kind' = 'end';
create index sessions_not_ended on sessions (id) where not ended;
`,
} as const
