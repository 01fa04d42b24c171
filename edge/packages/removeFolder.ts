import { opendir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { inLanes } from '../saves/lanes.ts'

const lanes = 8
const atOnce = 512

/** As `rm` does it, which begins with all files of a folder at once and lets nobody else have a turn. What is not there is gone. */
export async function removeFolder(path: string): Promise<void> {
  const folder = await opendir(path, { bufferSize: atOnce }).catch(nullIfMissing)
  if (folder === null) return
  const folders: string[] = []
  const files: string[] = []
  const remove = (): Promise<void> => inLanes(files.splice(0), lanes, (file) => unlink(file))
  for await (const entry of folder) {
    const below = join(path, entry.name)
    if (entry.isDirectory()) folders.push(below)
    else if (files.push(below) === atOnce) await remove()
  }
  await remove()
  for (const below of folders) await removeFolder(below)
  await rmdir(path)
}

function nullIfMissing(cause: unknown): null {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  return null
}
