import { migrations } from './migrations/migrations.ts'

/** Runs a text of several statements, which prepared queries cannot. */
export type RunScript = (script: string) => Promise<unknown>

// Any number will do, as long as every router uses the same one.
const migrationLock = 7_236_911

/**
 * Brings the schema up to date: every migration that is not recorded is applied, in order, all in one transaction.
 * @throws when the database is newer than this program
 */
export async function migrate(
  runScript: RunScript,
  recorded: () => Promise<readonly string[]>,
): Promise<void> {
  await runScript(`create table if not exists migrations (
    name text primary key, applied_at timestamptz not null default now())`)
  await runScript('begin')
  try {
    await runScript(`select pg_advisory_xact_lock(${migrationLock})`)
    const applied = await recorded()
    const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name))
    if (unknown.length > 0) {
      throw new Error(`The data was written by a newer version: ${unknown.join(', ')} is not known here.`)
    }
    for (const { name, sql: script } of migrations) {
      if (applied.includes(name)) continue
      await runScript(script)
      await runScript(`insert into migrations (name) values ('${name}')`)
    }
    await runScript('commit')
  } catch (cause) {
    await runScript('rollback')
    throw cause
  }
}
