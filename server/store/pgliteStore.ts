import path from 'node:path'
import { drizzle } from 'drizzle-orm/pglite'
import { type FolderLock, lockFolder } from './folderLock.ts'
import { migrate } from './migrate.ts'
import { openPgliteThread, type PgliteThread } from './pgliteThread.ts'
import { prepareFolder } from './prepareFolder.ts'
import { sqlStore } from './sqlStore.ts'
import type { Store } from './store.ts'

/**
 * PostgreSQL inside this process, in a thread of its own. A new folder takes about 6 s to prepare, a known one under one. An acknowledged write is
 * on disk before its promise resolves.
 * @throws when another process has the folder open, or a newer program wrote it
 * @param folder where the data lives, or null to keep it in memory
 */
export async function openPgliteStore(folder: string | null): Promise<Store> {
  const lock = folder === null ? null : await lockFolder(folder)
  try {
    if (folder === null) return await openInMemory()
    const inside = path.join(folder, 'pglite')
    await prepareFolder(inside)
    return await openOn(await openPgliteThread(inside), lock)
  } catch (cause) {
    await lock?.release()
    throw cause
  }
}

/** The empty store: making one takes seconds, copying it a fraction of one. */
let empty: Promise<Blob> | null = null

async function openInMemory(): Promise<Store> {
  empty ??= makeEmpty()
  return openOn(await openPgliteThread('memory://', await empty), null)
}

async function makeEmpty(): Promise<Blob> {
  const thread = await openPgliteThread('memory://')
  try {
    await bringUpToDate(thread)
    return await thread.copy()
  } finally {
    await thread.close()
  }
}

function bringUpToDate(thread: PgliteThread): Promise<void> {
  return migrate(
    (script) => thread.script(script),
    async () =>
      (await thread.client.query<{ name: string }>('select name from migrations order by name')).rows.map(
        ({ name }) => name,
      ),
  )
}

async function openOn(thread: PgliteThread, lock: FolderLock | null): Promise<Store> {
  try {
    await bringUpToDate(thread)
  } catch (cause) {
    await thread.close()
    throw cause
  }
  return sqlStore(drizzle(thread.client), async () => {
    await thread.close()
    await lock?.release()
  })
}
