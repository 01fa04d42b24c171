import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { benchInstall } from './publish/install.ts'
import type { BenchRun } from './report.ts'

/**
 * A build's way through the network, against plain copying of the same files in the same run.
 * `--mib 2048` sets its size, `--folder DIR` the disk that is measured; about six times its size is written there.
 */
export async function run(bench: BenchRun): Promise<void> {
  const bytes = Number(bench.options['mib'] ?? 2048) * 1024 ** 2
  const folder = await mkdtemp(path.join(bench.options['folder'] ?? tmpdir(), 'nearcade-bench-'))
  try {
    await benchInstall(bench, { folder, bytes })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
