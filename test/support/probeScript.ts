import path from 'node:path'
import { build } from 'esbuild'

const scripts = new Map<string, Promise<string>>()

/** A file of TypeScript and what it imports as one script for `addInitScript`. */
export function pageScript(file: string): Promise<string> {
  let script = scripts.get(file)
  if (script === undefined) {
    script = build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'iife',
      target: 'chrome120',
    }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
    scripts.set(file, script)
  }
  return script
}

/** The page probe, to be put into a page before anything else. */
export const probeScript = (): Promise<string> => pageScript(path.join(import.meta.dirname, 'pageProbe.ts'))
