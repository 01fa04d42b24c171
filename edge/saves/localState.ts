import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KnownHome } from './compare.ts'

/** What is remembered of a home, in a file beside it. Null: nothing, or nothing that can be read. */
export async function readKnown(file: string): Promise<KnownHome | null> {
  try {
    // This program wrote it, and whole.
    return JSON.parse(await readFile(file, 'utf8')) as KnownHome
  } catch {
    return null
  }
}

export async function writeKnown(file: string, known: KnownHome): Promise<void> {
  const draft = `${file}.new`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(draft, JSON.stringify(known), { mode: 0o600 })
  await rename(draft, file)
}
