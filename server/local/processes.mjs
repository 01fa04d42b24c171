import { readFileSync, readdirSync } from 'node:fs'

/**
 * A process that cannot be mistaken for a later one with the same number.
 * @typedef {{ pid: number, parent: number, startedTicks: string, command: string }} ProcessEntry
 */

/** @returns {ProcessEntry[]} every process on this machine (empty where there is no /proc) */
export function listProcesses() {
  return processNumbers().flatMap((pid) => {
    const entry = readProcess(pid)
    return entry ? [entry] : []
  })
}

/**
 * @param {number} pid
 * @returns {ProcessEntry | null} null when there is none, or only what waits to be reaped
 */
export function readProcess(pid) {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name stands in parentheses and may hold any character, so that the fields start after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  const command = (readText(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
  return {
    pid,
    parent: Number(fields[1]),
    startedTicks: fields[19] ?? '',
    command: command || stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
  }
}

/**
 * @param {readonly ProcessEntry[]} processes
 * @param {number} ancestor
 * @returns {ProcessEntry[]} children, their children, and so on
 */
export function descendantsOf(processes, ancestor) {
  const children = processes.filter(({ parent }) => parent === ancestor)
  return children.flatMap((child) => [child, ...descendantsOf(processes, child.pid)])
}

/**
 * Finds also what has lost its parent: everything that was started with `mark` in its environment.
 * @param {string} mark
 * @returns {ProcessEntry[]}
 */
export function processesMarked(mark) {
  return listProcesses().filter(
    ({ pid }) => pid !== process.pid && (readText(`/proc/${pid}/environ`) ?? '').includes(mark),
  )
}

/** @param {ProcessEntry} entry */
export function isRunning({ pid, startedTicks }) {
  return readProcess(pid)?.startedTicks === startedTicks
}

/**
 * @param {readonly ProcessEntry[]} entries
 * @returns {ProcessEntry[]} the ones that were there to be killed
 */
export function killAll(entries) {
  return entries.filter((entry) => {
    if (!isRunning(entry)) return false
    try {
      process.kill(entry.pid, 'SIGKILL')
      return true
    } catch {
      return false
    }
  })
}

function processNumbers() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
