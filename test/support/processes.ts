import { readdirSync, readFileSync } from 'node:fs'

/** One process as /proc/<pid>/stat tells it (proc(5)). */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly commandLine: string
  /** User and system time so far; the kernel counts in ticks of 10 ms. */
  readonly cpuMs: number
  readonly residentBytes: number
}

function statOf(pid: number): ProcessStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    return {
      pid,
      parent: fields[1] ?? 0,
      name,
      commandLine,
      cpuMs: ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10,
      residentBytes: (fields[21] ?? 0) * 4096,
    }
  } catch {
    return null
  }
}

/** A process's descendants, itself first. */
export function descendants(pid: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => statOf(Number(entry)))
    .filter((stat) => stat !== null)
  const found: ProcessStat[] = all.filter((stat) => stat.pid === pid)
  for (const parent of found) found.push(...all.filter((stat) => stat.parent === parent.pid))
  return found
}

/** The session processes below a node agent. */
export const sessionProcesses = (edgePid: number): ProcessStat[] =>
  descendants(edgePid).filter(
    ({ name, commandLine }) => name.startsWith('node') && /session(\.mjs|\/main\.ts)/.test(commandLine),
  )
