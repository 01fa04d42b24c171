import { lchown, lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { NearcadeError } from '../../config/errors.ts'

/** What a title may keep for a player; the rlimit on one file bounds no sum of them. */
const largestHomeBytes = 2 * 1024 ** 3

/**
 * Makes a home ready for who plays: a save restored by root must belong to them. A title wrote what lies there, so no link
 * is followed, neither as an entry (`lchown` changes the link itself) nor as a folder: `readdir`'s own recursion walks
 * into linked folders on Node 20. Call while nothing runs in it.
 * @throws NearcadeError start-failed when it holds more than `maxBytes` of disk.
 */
export async function prepareHome(
  folder: string,
  uid: number | null,
  maxBytes = largestHomeBytes,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const give = async (path: string): Promise<number> => {
    const { uid: owner, gid, blocks } = await lstat(path)
    if (uid !== null && (owner !== uid || gid !== uid)) await lchown(path, uid, uid)
    return blocks * 512
  }
  let bytes = await give(folder)
  const folders = [folder]
  for (const parent of folders) {
    for (const entry of await readdir(parent, { withFileTypes: true })) {
      const path = join(parent, entry.name)
      bytes += await give(path)
      if (bytes > maxBytes) throw tooFull(maxBytes)
      // the entry's own type: a link to a folder is a link
      if (entry.isDirectory()) folders.push(path)
    }
  }
}

const tooFull = (maxBytes: number): NearcadeError =>
  new NearcadeError('start-failed', [
    `the player's saves for this title take more than ${Math.floor(maxBytes / 1024 ** 2)} MiB: delete some of them`,
  ])
