import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * A log file that is renamed to `<file>.1` when it is full, so that at most twice `limitBytes` are on disk.
 * @param {string} file
 * @param {number} [limitBytes]
 * @returns {{ write(line: string): void, close(): void }}
 */
export function openLog(file, limitBytes = 5_000_000) {
  mkdirSync(path.dirname(file), { recursive: true })
  let handle = openSync(file, 'a')
  let size = fstatSync(handle).size
  return {
    write(line) {
      if (size >= limitBytes) {
        closeSync(handle)
        renameSync(file, `${file}.1`)
        handle = openSync(file, 'a')
        size = 0
      }
      size += writeSync(handle, `${line}\n`)
    },
    close() {
      closeSync(handle)
    },
  }
}

const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'ERROR'],
  [60, 'FATAL'],
])
const notShown = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v'])

/**
 * A line of a program's log for the eyes of the person at the terminal. Stacks and nested values stay in the file.
 * @param {string} line
 * @returns {string | null} null for what is not worth showing
 */
export function humanLine(line) {
  const record = parseRecord(line)
  if (!record) return line.trim() === '' ? null : line
  const level = Number(record['level'] ?? 30)
  if (level < 30) return null
  const mark = level === 30 ? '' : `${levels.get(level) ?? level}: `
  const rest = Object.entries(record)
    .filter(([key]) => !notShown.has(key))
    .map(([key, value]) => shortPair(key, value))
    .filter((pair) => pair !== null)
  const text = [`${mark}${String(record['msg'] ?? '')}`, ...rest].join('  ').trim()
  return text.length > 220 ? `${text.slice(0, 219)}…` : text
}

/**
 * @param {string} line
 * @returns {Record<string, unknown> | null}
 */
function parseRecord(line) {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {string | null}
 */
function shortPair(key, value) {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object') return `${key}=${String(value)}`
  if (key === 'err' && 'message' in value) return String(value.message)
  return null
}
