import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { treeText } from '../../../config/protocol/package.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import type { InstallAsk } from '../../edge/packages/installProcess.ts'
import type { BenchRun } from '../report.ts'
import { changeBuild, readBuild, writeBuild } from './build.ts'

const MiB = 1024 ** 2
const id = 'bench-game'

export interface InstallBench {
  /** An empty folder on the disk that is measured; about six times `bytes` are written there. */
  readonly folder: string
  /** Of the build. */
  readonly bytes: number
}

/**
 * A node's side of publishing: installs a build through the router's real routes and folder of blobs, router and node each in a process of its
 * own, and copies the same files with `cp` in the same run. Rows are of the cases `install/first`, `install/changed` (a hundredth of the bytes is
 * others) and `install/killed` (half-way by SIGKILL, then again).
 */
export async function benchInstall(bench: BenchRun, { folder, bytes }: InstallBench): Promise<void> {
  const build = path.join(folder, 'build')
  const store = path.join(folder, 'router')
  await mkdir(path.join(store, 'trees'), { recursive: true })
  const blobs = await openBlobFolder(path.join(store, 'blobs'))
  const put = async (): Promise<Build> => {
    const {
      tree,
      treeId,
      bytes: sizeBytes,
    } = await readBuild(build, async (sha256, chunk) => {
      if (!(await blobs.has(sha256))) await blobs.put(sha256, [chunk], chunk.length)
    })
    await writeFile(path.join(store, 'trees', treeId), treeText(tree))
    return { treeId, sizeBytes }
  }
  bench.progress('writing a build')
  await writeBuild(build, bytes, id)
  const first = await put()

  bench.progress('copying it')
  const copyMs = await copied(build, path.join(folder, 'copy'))
  const copyMBps = first.sizeBytes / 1e6 / (copyMs / 1000)
  bench.row('install/copy', 'throughputMBps', 'MB/s', copyMBps)

  bench.progress('changing it')
  await changeBuild(build, bytes, id)
  const second = await put()
  await rm(build, { recursive: true })

  await using router = await startRouter(store)
  const node = path.join(folder, 'node')
  bench.progress('installing it')
  const one = await installed(router.url, node, first, '1.0.0')
  row(bench, 'first', one, first.sizeBytes, copyMBps)
  bench.progress('installing the next version')
  const two = await installed(router.url, node, second, '1.0.1')
  row(bench, 'changed', two, second.sizeBytes, copyMBps)
  bench.row('install/changed', 'fetchedPercent', '%', (100 * two.fetchedBytes) / second.sizeBytes, 3)
  await rm(node, { recursive: true })

  bench.progress('killing an installation')
  const before = await router.readBytes()
  const child = install(router.url, node, first, '1.0.0')
  while ((await router.readBytes()) - before < first.sizeBytes / 2) await sleep(5)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const resumed = await installed(router.url, node, first, '1.0.0')
  const all = (await router.readBytes()) - before
  row(bench, 'killed', resumed, first.sizeBytes, null)
  bench.row('install/killed', 'resumedFetchedPercent', '%', (100 * resumed.fetchedBytes) / first.sizeBytes)
  bench.row('install/killed', 'readInAllPercent', '%', (100 * all) / first.sizeBytes)
}

interface Build {
  readonly treeId: string
  readonly sizeBytes: number
}
interface Figures {
  readonly fetchedBytes: number
  readonly ms: number
  readonly peakBytes: number
}

function row(
  bench: BenchRun,
  name: string,
  { ms, peakBytes }: Figures,
  sizeBytes: number,
  copyMBps: number | null,
): void {
  const MBps = sizeBytes / 1e6 / (ms / 1000)
  bench.row(`install/${name}`, 'throughputMBps', 'MB/s', MBps)
  if (copyMBps !== null) bench.row(`install/${name}`, 'ofCopyPercent', '%', (100 * MBps) / copyMBps, 50)
  bench.row(`install/${name}`, 'peakMemoryMiB', 'MiB', peakBytes / MiB, 300)
}

async function copied(from: string, to: string): Promise<number> {
  const beganMs = performance.now()
  await cp(from, to, { recursive: true })
  const ms = performance.now() - beganMs
  await rm(to, { recursive: true })
  return ms
}

const start = (program: string, args: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(program, import.meta.url)), args, { execArgv: ['--import', 'tsx'] })

function install(url: string, dataDir: string, { treeId, sizeBytes }: Build, version: string): ChildProcess {
  const ask: InstallAsk = { dataDir, url, want: [{ titleId: id, version, treeId, sizeBytes }] }
  return start('../../edge/packages/installProcess.ts', [JSON.stringify(ask)])
}

async function installed(url: string, dataDir: string, build: Build, version: string): Promise<Figures> {
  const child = install(url, dataDir, build, version)
  const [figures] = (await once(child, 'message')) as [Figures]
  await once(child, 'exit')
  return figures
}

async function startRouter(store: string) {
  const child = start('nodeRouter.ts', [store])
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    url,
    async readBytes(): Promise<number> {
      const answer = once(child, 'message')
      child.send({})
      return ((await answer) as [{ readBytes: number }])[0].readBytes
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
