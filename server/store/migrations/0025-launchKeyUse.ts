/** When a publisher's backend last sent somebody with a launch key. */
export const launchKeyUse = {
  name: '0025-launchKeyUse',
  sql: `
alter table launch_keys add column used_at_ms double precision;
`,
} as const
