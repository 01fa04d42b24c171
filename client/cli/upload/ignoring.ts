import { readFile } from 'node:fs/promises'
import path from 'node:path'
import ignore from 'ignore'
import { packageManifest } from '../../../config/protocol/package.ts'

export const ignoreFile = '.nearcadeignore'

/** What systems and tools leave in folders and no game reads. */
const never = ['.git', '.hg', '.svn', '.DS_Store', '__MACOSX', 'Thumbs.db', 'desktop.ini', `/${ignoreFile}`]

/**
 * What of a folder does not belong to the build: what `.nearcadeignore` at its root says, written as `.gitignore` is. The manifest always belongs.
 * @returns of a path from the root; a folder's ends with a slash
 */
export async function readIgnored(root: string): Promise<(path: string) => boolean> {
  const rules = ignore().add(never)
  const text = await readFile(path.join(root, ignoreFile), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'EISDIR') return ''
    throw cause
  })
  rules.add(text)
  // It takes no path that could not be one of a repository, such as one that begins with `../`: those are for the check to name.
  return (at) => at !== packageManifest && ignore.isPathValid(at) && rules.ignores(at)
}
