import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { readProcess } from './processes.mjs'
import { SetUpError } from './setUpError.mjs'

const ownerFile = 'owner.json'

/**
 * A temporary folder that says who owns it, so that one left by a killed program is removed by the next one.
 * @param {string} parent as from `os.tmpdir()`
 * @param {string} prefix of the name
 * @returns {{ path: string, close(): void }}
 */
export function openTempFolder(parent, prefix) {
  removeAbandoned(parent, prefix)
  const folder = mkdtempSync(path.join(parent, prefix))
  // Games run as other users and reach their own folder in here by name.
  chmodSync(folder, 0o711)
  writeFileSync(path.join(folder, ownerFile), JSON.stringify(self()))
  return { path: folder, close: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * @param {string} parent
 * @param {string} prefix
 */
function removeAbandoned(parent, prefix) {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue
    const owner = readOwner(path.join(parent, name, ownerFile))
    if (owner && !isAlive(owner)) rmSync(path.join(parent, name), { recursive: true, force: true })
  }
}

/**
 * Two routers on one data folder would damage its database.
 * @param {string} folder
 * @returns {{ close(): void }}
 * @throws {SetUpError} that names the other program
 */
export function claimFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    throw new SetUpError(`The data folder ${folder} cannot be made; NEARCADE_DATA names another one.`, {
      cause,
    })
  }
  const file = path.join(folder, ownerFile)
  const owner = existsSync(file) ? readOwner(file) : null
  if (owner && isAlive(owner))
    throw new SetUpError(
      `The data folder ${folder} is in use by another Nearcade (process ${owner.pid}). Stop it, or name another folder with NEARCADE_DATA.`,
    )
  writeFileSync(file, JSON.stringify(self()))
  return { close: () => rmSync(file, { force: true }) }
}

/** @typedef {{ pid: number, startedTicks: string }} Owner */

/** @returns {Owner} */
function self() {
  return { pid: process.pid, startedTicks: readProcess(process.pid)?.startedTicks ?? '' }
}

/** @param {Owner} owner */
function isAlive({ pid, startedTicks }) {
  return readProcess(pid)?.startedTicks === startedTicks
}

/**
 * @param {string} file
 * @returns {Owner | null}
 */
function readOwner(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
