import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import type { SavedFile } from '../../config/protocol/check.ts'
import { saveFilter } from '../../config/protocol/titleSaves.ts'
import { listHome } from '../saves/listHome.ts'
import { openInside } from '../saves/openInside.ts'

/** Of those that are looked at; the first by name, so that two looks at the same home are at the same ones. */
const mostFiles = 64
const mostBytes = 256 * 1024 ** 2
const mostNamed = 16

/** What a home holds of what the title means by its saves, and names of what else. Call while nothing runs in it. */
export async function savesIn(
  homeDir: string,
  globs: readonly string[],
): Promise<{ readonly files: SavedFile[]; readonly others: string[] }> {
  const isSave = saveFilter(globs)
  const root = await realpath(homeDir)
  const found = (await listHome(root, mostBytes))?.files ?? []
  const files: SavedFile[] = []
  for (const { path } of found.filter((one) => isSave(one.path)).slice(0, mostFiles)) {
    const handle = await openInside(root, path)
    if (handle === null) continue
    const hash = createHash('sha256')
    let size = 0
    for await (const bytes of handle.createReadStream()) {
      hash.update(bytes as Buffer)
      size += (bytes as Buffer).length
    }
    files.push({ path, size, sha256: hash.digest('hex') })
  }
  const others = found.filter((one) => !isSave(one.path)).map(({ path }) => path.slice(0, 200))
  return { files, others: others.slice(0, mostNamed) }
}
