import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { madeApiKey } from '../../../config/protocol/account.ts'
import { makeOrganisation, openBrowser, signUp } from '../../server/accounts/browser.ts'
import type { BenchRun } from '../report.ts'
import { changeBuild, writeBuild } from './build.ts'

const MiB = 1024 ** 2
const id = 'bench-game'
const root = path.resolve(import.meta.dirname, '../../..')
const maxMemoryMiB = 300

export interface UploadBench {
  /** An empty folder on the disk that is measured; about five times `bytes` are written there. */
  readonly folder: string
  /** Of the build. */
  readonly bytes: number
}

/**
 * A publisher's side: the command line pushes a build to a router over loopback, each in a process of its own, as they are installed. Rows are of
 * the cases `upload/copy` (the same files by `cp`, and until the disk has them), `upload/first`, `upload/changed` (a hundredth of the bytes is
 * others) and `upload/killed` (half-way, both ends by SIGKILL, then again).
 */
export async function benchUpload(bench: BenchRun, { folder, bytes }: UploadBench): Promise<void> {
  const build = path.join(folder, 'build')
  bench.progress('writing a build')
  await writePlayable(build, bytes)
  const sizeBytes = await bytesIn(build)
  execFileSync('sync')

  const copies: number[] = []
  const synced: number[] = []
  const copy = async (): Promise<void> => {
    bench.progress('copying it')
    const to = path.join(folder, 'copy')
    const beganMs = performance.now()
    await cp(build, to, { recursive: true })
    copies.push(performance.now() - beganMs)
    execFileSync('sync', ['--file-system', to])
    synced.push(performance.now() - beganMs)
    await rm(to, { recursive: true })
    execFileSync('sync')
  }
  await copy()
  bench.progress('pushing it')
  let router = await startRouter(path.join(folder, 'router'))
  let first: Pushed
  try {
    const idleBytes = fromHere(router.child)
    first = await push(router, build, path.join(folder, 'home'))
    await copy()
    const copyMBps = (2 * sizeBytes) / 1000 / sum(copies)
    const syncedMBps = (2 * sizeBytes) / 1000 / sum(synced)
    bench.row('upload/copy', 'throughputMBps', 'MB/s', copyMBps)
    bench.row('upload/copy', 'syncedMBps', 'MB/s', syncedMBps)
    const firstMBps = sizeBytes / 1000 / first.ms
    bench.row('upload/first', 'throughputMBps', 'MB/s', firstMBps)
    bench.row('upload/first', 'ofCopyPercent', '%', (100 * firstMBps) / copyMBps, 50)
    bench.row('upload/first', 'ofSyncedCopyPercent', '%', (100 * firstMBps) / syncedMBps)
    bench.row('upload/first', 'clientPeakMiB', 'MiB', first.peakBytes / MiB, maxMemoryMiB)
    // What the router takes with its database before anybody comes is told apart.
    bench.row('upload/first', 'routerIdleMiB', 'MiB', idleBytes / MiB)
    bench.row(
      'upload/first',
      'routerGrowthMiB',
      'MiB',
      (peakOf(router.child) - idleBytes) / MiB,
      maxMemoryMiB,
    )

    bench.progress('pushing the next version')
    await changeBuild(build, bytes, id)
    const second = await push(router, build, path.join(folder, 'home'))
    bench.row('upload/changed', 'tookS', 's', second.ms / 1000)
    bench.row('upload/changed', 'sentPercent', '%', (100 * second.sentBytes) / second.totalBytes, 3)
  } finally {
    await router.close()
  }
  await rm(path.join(folder, 'router'), { recursive: true })

  bench.progress('killing a push half-way')
  const dataDir = path.join(folder, 'other-router')
  router = await startRouter(dataDir)
  try {
    const home = path.join(folder, 'other-home')
    const child = startPush(router, build, home)
    while ((await bytesIn(path.join(dataDir, 'packages'))) < sizeBytes / 2 && child.exitCode === null)
      await sleep(50)
    child.kill('SIGKILL')
    router.child.kill('SIGKILL')
    await once(router.child, 'exit')
    router = { ...(await startRouter(dataDir, router)), key: router.key }
    const resumed = await push(router, build, home)
    bench.row('upload/killed', 'resumedSentPercent', '%', (100 * resumed.sentBytes) / resumed.totalBytes)
  } finally {
    await router.close()
  }
}

/** What the command line takes for a build: with the page that its manifest names. */
async function writePlayable(folder: string, bytes: number): Promise<void> {
  await writeBuild(folder, bytes, id)
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Bench</title>')
  await copyFile(path.join(root, 'edge/titles/stardust/cover.jpg'), path.join(folder, 'cover.jpg'))
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

async function bytesIn(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries) if (entry.isFile()) bytes += sizeOf(path.join(entry.parentPath, entry.name))
  return bytes
}

interface Pushed {
  readonly ms: number
  readonly sentBytes: number
  readonly totalBytes: number
  readonly peakBytes: number
}

interface RouterProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly key: string
  close(): Promise<void>
}

/** @param before the one whose state it takes over, with its key */
async function startRouter(dataDir: string, before?: RouterProcess): Promise<RouterProcess> {
  await mkdir(dataDir, { recursive: true })
  const child = spawn(process.execPath, [path.join(root, 'dist/router.mjs')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      NEARCADE_PORT: '0',
      NEARCADE_DATA: dataDir,
      NEARCADE_LOG_LEVEL: 'error',
      // As `npm start` sets it.
      UV_THREADPOOL_SIZE: String(Math.max(8, availableParallelism() * 2)),
    },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    key: before?.key ?? (await makeKey(port)),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function makeKey(port: number): Promise<string> {
  const browser = openBrowser(port)
  await signUp(browser, 'publisher@example.test')
  const orgId = await makeOrganisation(browser, 'benchers')
  const made = await browser.post(`/api/account/keys/${orgId}`, {
    name: 'bench',
    scopes: ['titles:read', 'titles:write'],
  })
  return madeApiKey.parse(made.body).key
}

const startPush = ({ url, key }: RouterProcess, build: string, home: string): ChildProcess =>
  spawn(
    process.execPath,
    [path.join(root, 'dist/cli/nearcade.mjs'), 'title', 'push', build, '--json', '--server', url],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], HOME: home, NEARCADE_KEY: key },
    },
  )

async function push(router: RouterProcess, build: string, home: string): Promise<Pushed> {
  const beganMs = performance.now()
  const child = startPush(router, build, home)
  const said: Buffer[] = []
  child.stdout?.on('data', (part: Buffer) => said.push(part))
  let peakBytes = 0
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child))
  }, 50)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(watch)
  const ms = performance.now() - beganMs
  const text = Buffer.concat(said).toString()
  if (code !== 0) throw new Error(`the push ended with ${code}: ${text}`)
  const { sentBytes, totalBytes } = (JSON.parse(text) as { readonly result: Pushed }).result
  return { ms, sentBytes, totalBytes, peakBytes }
}

/** Its peak counts from now on, whatever its start took (proc(5): clear_refs). @returns what it has now */
function fromHere(child: ChildProcess): number {
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5')
  return peakOf(child)
}

/** The most memory that it ever had, as the kernel counts it; 0 when it is gone. */
function peakOf({ pid }: ChildProcess): number {
  try {
    const [, kiB = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kiB) * 1024
  } catch {
    return 0
  }
}

/** A draft may be gone by now. */
const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
