import path from 'node:path'
import { build } from 'esbuild'

let script: Promise<string> | undefined

/** The page probe as one script for `addInitScript`. */
export const probeScript = (): Promise<string> =>
  (script ??= build({
    entryPoints: [path.join(import.meta.dirname, 'pageProbe.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome120',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? ''))
