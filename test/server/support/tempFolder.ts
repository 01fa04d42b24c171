import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A folder that is gone after the suite or test whose hook this is called in. */
export async function tempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-test-'))
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
