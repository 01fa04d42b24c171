import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { decodeText } from '../../config/protocol/decode.ts'
import { titleManifest, type TitleManifest } from '../../config/protocol/title.ts'

export const manifestFile = 'nearcade.title.json'

export interface LoadedTitle {
  readonly manifest: TitleManifest
  /** Absolute path of the cover, inside the title's own folder; null while there is no such file. */
  readonly coverFile: string | null
}

export interface TitleFault {
  readonly file: string
  /** Each names the field at fault. */
  readonly faults: readonly string[]
}

/** Reads every title folder under `titlesDir`. A bad one is a fault in the answer and disturbs no other. */
export async function loadTitles(
  titlesDir: string,
): Promise<{ titles: readonly LoadedTitle[]; faults: readonly TitleFault[] }> {
  const titles: LoadedTitle[] = []
  const faults: TitleFault[] = []
  for (const folder of await titleFolders(titlesDir)) {
    const file = path.join(folder, manifestFile)
    const text = await readIfThere(file)
    if (text === null) continue
    const decoded = decodeText(titleManifest, text)
    if (!decoded.ok) faults.push({ file, faults: decoded.error.details })
    else if (titles.some(({ manifest }) => manifest.id === decoded.value.id))
      faults.push({ file, faults: [`id: ${decoded.value.id} is taken by another folder`] })
    else {
      const coverFile = await insideFolder(folder, decoded.value.cover)
      if (coverFile === null)
        faults.push({ file, faults: [`cover: no file ${decoded.value.cover} in this folder`] })
      titles.push({ manifest: decoded.value, coverFile })
    }
  }
  return { titles, faults }
}

async function titleFolders(titlesDir: string): Promise<readonly string[]> {
  const entries = await readdir(titlesDir, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(titlesDir, entry.name))
    .sort()
}

const readIfThere = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null)

/** Where `relative` leads to, if that is a plain file inside `folder` even after every link is followed. */
export async function insideFolder(folder: string, relative: string): Promise<string | null> {
  try {
    const root = await realpath(folder)
    const file = await realpath(path.join(root, relative))
    const isInside = file.startsWith(root + path.sep)
    return isInside && (await stat(file)).isFile() ? file : null
  } catch {
    return null
  }
}
