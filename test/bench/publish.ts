import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { benchInstall } from './publish/install.ts'
import { benchUpload } from './publish/upload.ts'
import type { BenchRun } from './report.ts'

/**
 * A build's way through the network, from a publisher's disk to the router (`upload/…`) and on to a node (`install/…`), against plain copying of
 * the same files in the same run. `--size-mib 2048` sets its size, `--folder DIR` the disk that is measured, `--only upload` (or `install`) one
 * half; about six times its size is written there.
 */
export async function run(bench: BenchRun): Promise<void> {
  const { 'size-mib': sizeMiB = '2048', only, folder: disk = tmpdir() } = bench.options
  const bytes = Number(sizeMiB) * 1024 ** 2
  const folder = await mkdtemp(path.join(disk, 'nearcade-bench-'))
  const halves = { upload: benchUpload, install: benchInstall }
  try {
    for (const [name, measure] of Object.entries(halves)) {
      if (only !== undefined && only !== name) continue
      const own = path.join(folder, name)
      await mkdir(own)
      await measure(bench, { folder: own, bytes })
      await rm(own, { recursive: true })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
