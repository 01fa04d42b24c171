import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPgliteStore } from '../../server/store/pgliteStore.ts'

/** A store's folder by paths within it; null: a folder. */
type Folder = ReadonlyMap<string, Buffer | null>

let empty: Promise<Folder> | null = null

/** Makes the folder of an empty store: a router that finds it starts seconds earlier than one that makes it. */
export async function makeEmptyStore(folder: string): Promise<void> {
  empty ??= readEmptyStore()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [name, bytes] of await empty) {
    const where = path.join(folder, name)
    if (bytes === null) await mkdir(where, { mode: 0o700 })
    else await writeFile(where, bytes, { mode: 0o600 })
  }
}

async function readEmptyStore(): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-test-store-'))
  try {
    await (await openPgliteStore(folder)).close()
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const found = new Map<string, Buffer | null>()
    for (const entry of entries) {
      const where = path.join(entry.parentPath, entry.name)
      found.set(path.relative(folder, where), entry.isDirectory() ? null : await readFile(where))
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
