import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Numbers that are written down at once; what a run leaves over is skipped. */
const blockSize = 2 ** 20

/**
 * Fencing tokens: each higher than all before, over restarts and whatever the clock does. The file holds a number above all that were
 * given out; without it (a new or emptied data folder) they begin at the wall clock's ms, which is above what any run before could reach.
 * @throws when the file holds no number or cannot be written
 */
export function openFences(file: string, nowMs: number): () => number {
  mkdirSync(dirname(file), { recursive: true })
  let last = Math.max(read(file) ?? Math.floor(nowMs), 1)
  let kept = last
  return () => {
    last += 1
    if (last >= kept) {
      kept = last + blockSize
      write(file, kept)
    }
    return last
  }
}

function read(file: string): number | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${file} holds no fencing token`)
  return value
}

function write(file: string, value: number): void {
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, String(value))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}
