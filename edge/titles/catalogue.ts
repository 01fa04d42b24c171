import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeText } from '../../config/protocol/decode.ts'
import { titleManifest } from '../../config/protocol/title.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

export interface Title {
  readonly manifest: TitleManifest
  /** The title's folder on the host. */
  readonly folder: string
  readonly coverFile: string
  /** A publisher's: nothing of it runs outside of its sandbox. */
  readonly isPackage?: true
}

export interface TitleCheck {
  readonly title: Title
  /** Files that the manifest names and this host lacks; empty when the title can run. */
  readonly missing: readonly string[]
  /** Debian packages that would bring them. */
  readonly packages: readonly string[]
}

export const manifestFile = 'nearcade.title.json'

/**
 * Reads every title under a folder, sorted by id.
 * @throws Error naming every manifest that is not valid, and why.
 */
export async function loadTitles(titlesDir: string): Promise<Title[]> {
  const titles: Title[] = []
  const faults: string[] = []
  for (const entry of await readdir(titlesDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const folder = join(titlesDir, entry.name)
    const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => null)
    if (text === null) continue
    const fault = (what: string): void => void faults.push(`${join(entry.name, manifestFile)}: ${what}`)
    const parsed = decodeText(titleManifest, text)
    if (!parsed.ok) fault(parsed.error.details.join('; '))
    else if (parsed.value.id !== entry.name) fault(`id is ${parsed.value.id}, the folder ${entry.name}`)
    else titles.push({ manifest: parsed.value, folder, coverFile: join(folder, parsed.value.cover) })
  }
  if (faults.length > 0) throw new Error(`titles that cannot be read:\n${faults.join('\n')}`)
  return titles.toSorted((a, b) => a.manifest.id.localeCompare(b.manifest.id))
}

/** An installed package's. @throws Error where it cannot be read */
export async function loadPackage(folder: string): Promise<Title> {
  const parsed = decodeText(titleManifest, await readFile(join(folder, manifestFile), 'utf8'))
  if (!parsed.ok) throw new Error(`${manifestFile}: ${parsed.error.details.join('; ')}`)
  return { manifest: parsed.value, folder, coverFile: join(folder, parsed.value.cover), isPackage: true }
}

/** Every title, and what this host lacks to run it. */
export async function checkTitles(titlesDir: string): Promise<TitleCheck[]> {
  const isThere = async (file: string): Promise<boolean> =>
    await access(file).then(
      () => true,
      () => false,
    )
  return await Promise.all(
    (await loadTitles(titlesDir)).map(async (title): Promise<TitleCheck> => {
      const { needs, packages } = title.manifest.runtime
      const there = await Promise.all(needs.map(isThere))
      const missing = needs.filter((_, i) => there[i] === false)
      return { title, missing, packages: missing.length === 0 ? [] : packages }
    }),
  )
}

/** The titles that this host can run. */
export async function availableTitles(titlesDir: string): Promise<Title[]> {
  return (await checkTitles(titlesDir))
    .filter(({ missing }) => missing.length === 0)
    .map(({ title }) => title)
}
