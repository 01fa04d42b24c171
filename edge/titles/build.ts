import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Title } from './catalogue.ts'

/** A title that is a program of ours has this source; it runs as one file without `node_modules` beside it. */
const source = 'main.ts'
const program = 'main.cjs'

/** The folder that a sandbox mounts as `{title}`: the built one where the title is built, else its own. */
export const titleFolder = (title: Title, builtDir: string): string =>
  title.isPackage !== true && existsSync(join(title.folder, source))
    ? join(builtDir, title.manifest.id)
    : title.folder

/** Files and folders that a start of the title reads, as far as its manifest tells. */
export const startReads = (title: Title, builtDir: string): readonly string[] => [
  titleFolder(title, builtDir),
  ...title.manifest.runtime.needs,
  ...(title.manifest.runtime.reads ?? []),
]

/** Bundles every title that has sources; about 50 ms each, so it may run at each start of an agent. */
export async function buildTitles(titles: readonly Title[], builtDir: string): Promise<void> {
  for (const title of titles) {
    const folder = titleFolder(title, builtDir)
    if (folder === title.folder) continue
    await mkdir(folder, { recursive: true })
    await build({
      entryPoints: [join(title.folder, source)],
      outfile: join(folder, program),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'warning',
    })
  }
}
