import { constants } from 'node:fs'
import { type FileHandle, open, readlink } from 'node:fs/promises'

/**
 * Opens a plain file below a folder that somebody else writes to while we look: a game could put a link to one of our own files in
 * its place, or in that of a folder on the way, between any two looks. So what was opened is asked where it is.
 * @param root without links in it
 * @returns null when it is not there, or is no plain file of this folder
 */
export async function openInside(root: string, path: string): Promise<FileHandle | null> {
  const whole = `${root}/${path}`
  let file: FileHandle
  try {
    // Without blocking: a pipe would wait for its other end.
    file = await open(whole, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== undefined && notThere.has(code)) return null
    throw cause
  }
  try {
    const isFile = (await file.stat()).isFile()
    if (isFile && (await readlink(`/proc/self/fd/${file.fd}`)) === whole) return file
  } catch (cause) {
    await file.close()
    throw cause
  }
  await file.close()
  return null
}

/** Gone meanwhile, a link, a socket, a device without a driver. */
const notThere: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV', 'EACCES'])
