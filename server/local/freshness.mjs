import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * What a build was made from: each input with its size and time of change, and a key for everything else.
 * @typedef {{ key: string, inputs: Record<string, string>, outputs: string[] }} BuildRecord
 */

/**
 * @param {BuildRecord | null} record of the last build
 * @param {string} key of this one
 * @param {(file: string) => string | null} stampOf null when the file is not there
 * @returns {boolean} whether the last build still stands
 */
export function isFresh(record, key, stampOf) {
  if (!record || record.key !== key) return false
  const unchanged = Object.entries(record.inputs).every(([file, stamp]) => stampOf(file) === stamp)
  return unchanged && record.outputs.every((file) => stampOf(file) !== null)
}

/**
 * @param {string} root that file names are relative to
 * @returns {(file: string) => string | null}
 */
export function stampsIn(root) {
  return (file) => {
    const found = statSync(path.join(root, file), { throwIfNoEntry: false })
    return found ? `${found.mtimeMs}:${found.size}` : null
  }
}

/**
 * @param {string} file
 * @returns {BuildRecord | null}
 */
export function readRecord(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
