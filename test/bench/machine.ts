import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Machine } from './report.ts'

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    gpu: nvidiaModel() ?? renderNode(),
    node: process.versions.node,
  }
}

/** @returns hash of the checked-out commit, marked where files differ from it; null outside a repository */
export function currentCommit(folder: string): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', 'HEAD')}${changed ? '+changes' : ''}`
  } catch {
    return null
  }
}

function nvidiaModel(): string | null {
  const folder = '/proc/driver/nvidia/gpus'
  try {
    const [first] = readdirSync(folder)
    return /^Model:\s*(.+)$/m.exec(readFileSync(`${folder}/${first}/information`, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}

function renderNode(): string | null {
  try {
    return readdirSync('/dev/dri').find((name) => name.startsWith('renderD')) ?? null
  } catch {
    return null
  }
}
