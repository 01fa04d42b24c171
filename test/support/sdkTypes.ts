import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** TypeScript, as a command. @throws Error with what it found */
export async function compile(...args: readonly string[]): Promise<void> {
  await run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), ...args], {
    cwd: root,
  }).catch((cause: unknown) => {
    throw new Error(cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : String(cause))
  })
}

export const browserFlags = [
  '--ignoreConfig',
  '--strict',
  '--target',
  'es2023',
  '--lib',
  'es2023,dom,dom.iterable',
  '--module',
  'esnext',
  '--moduleResolution',
  'bundler',
  '--types',
  '',
]

/** The text of docs/embed/nearcade.d.ts: what the compiler says of client/embed/sdk.ts, in one file. */
export async function sdkTypes(): Promise<string> {
  const out = await mkdtemp(path.join(tmpdir(), 'nearcade-types-'))
  try {
    await compile(
      ...browserFlags,
      '--allowImportingTsExtensions',
      '--declaration',
      '--emitDeclarationOnly',
      '--skipLibCheck',
      '--rootDir',
      '.',
      '--outDir',
      out,
      'client/embed/sdk.ts',
    )
    const [events, element] = await Promise.all(
      ['config/protocol/embedEvents.d.ts', 'client/embed/sdk.d.ts'].map((file) =>
        readFile(path.join(out, file), 'utf8'),
      ),
    )
    const own = (element ?? '').replace(/^import type \{[^}]*\} from '[^']*embedEvents\.ts';\n/m, '')
    if (/\bimport\b.*from/.test(own))
      throw new Error(`the element's types need more than embedEvents.ts:\n${own}`)
    return `// Types of /sdk/nearcade.js, made by "npm run docs".\n${events}${own}`
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}
