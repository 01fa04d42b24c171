import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'

const root = path.resolve(import.meta.dirname, '../../../..')
/** What `npx nearcade` runs. */
const program = path.join(root, 'client/cli/bin.mjs')

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Of `--json`: the one object on stdout. */
  json(): { ok: boolean; result?: Record<string, unknown>; error?: Record<string, unknown> }
  /** Of `--json`: each line on stderr. */
  told(): readonly Record<string, unknown>[]
}

export interface RunOptions {
  /** Its home, so that it meets nobody's keys and caches. */
  readonly home: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  onStart?(child: ChildProcess): void
}

/** Runs the built command line as a process of its own. */
export async function runCli(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { home, cwd = home, env = {}, input = '' } = options
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  options.onStart?.(child)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return {
    code,
    signal,
    stdout,
    stderr,
    json: () => JSON.parse(stdout) as ReturnType<Ran['json']>,
    told: () =>
      stderr
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

/** Files by their paths; a function makes the entry itself, at that place. */
export type Tree = Readonly<Record<string, string | Uint8Array | ((at: string) => Promise<void>)>>

export async function writeTree(folder: string, tree: Tree): Promise<void> {
  for (const [name, content] of Object.entries(tree)) {
    const at = path.join(folder, name)
    await mkdir(path.dirname(at), { recursive: true })
    if (typeof content === 'function') await content(at)
    else await writeFile(at, content)
  }
}

/** The first bytes of a JPEG. */
export const picture = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0)

/** A manifest of an HTML5 game that nothing is wrong with. */
export const manifestOf = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'pushed-game',
  version: '1.0.0',
  name: 'The Pushed Game',
  tagline: '',
  description: '',
  genre: 'Test',
  licence: { spdx: 'Apache-2.0', source: 'here' },
  cover: 'cover.jpg',
  runtime: { kind: 'html5', page: 'index.html' },
  display: { widthPx: 1280, heightPx: 720, fps: 60 },
  input: { pointer: 'absolute', pad: 'none', touch: 'pointer', touchButtons: [], touchStick: null },
  controls: [],
  limits: { memoryBytes: 64 * 1024 * 1024, maxProcesses: 10, cpuCores: 1, tmpBytes: 1024 * 1024 },
  ...change,
})

export const gameTree = (change: Record<string, unknown> = {}, more: Tree = {}): Tree => ({
  'nearcade.title.json': JSON.stringify(manifestOf(change)),
  'index.html': '<!doctype html><title>A game</title>',
  'cover.jpg': picture,
  ...more,
})
