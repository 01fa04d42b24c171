import { statfs } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { chooseSeatCount } from '../agent/seats.ts'
import type { Check } from './check.ts'

const oldestNode = [20, 19] as const
const leastMemoryBytes = 1.5 * 1024 ** 3
/** Logs, saves and the titles' own files; packages take what they are given. */
const leastFreeBytes = 4 * 1024 ** 3
const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`

export const nodeVersion = (version: string): Check => ({
  name: 'Node.js',
  next: `Install Node.js ${oldestNode.join('.')} or later.`,
  async run() {
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
    return { state: isNew ? 'passed' : 'failed', found: version }
  },
})

/** @param seats as set; 0: by cores and memory */
export const coresAndMemory = (seats: number): Check => ({
  name: 'Cores and memory',
  next: 'Use a machine with two cores and 2 GiB of memory or more.',
  async run() {
    const cores = cpus().length
    const count = chooseSeatCount(seats, cores, totalmem())
    const found = `${cores} cores, ${gib(totalmem())}: ${count} ${count === 1 ? 'seat' : 'seats'}`
    if (totalmem() < leastMemoryBytes) return { state: 'failed', found }
    return { state: cores >= 2 ? 'passed' : 'warning', found }
  },
})

export const freeDisk = (folder: string): Check => ({
  name: 'Disk',
  next: `Make room on the disk of ${folder}, or name another folder with --data.`,
  async run() {
    const { bavail, bsize, ffree, files } = await statfs(folder)
    const free = bavail * bsize
    const found = `${gib(free)} free in ${folder}`
    if (files > 0 && ffree < 10_000)
      return { state: 'failed', found: `${found}, but only ${ffree} files more` }
    return { state: free < leastFreeBytes ? 'failed' : 'passed', found }
  },
})
