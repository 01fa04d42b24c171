import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'

/**
 * Reads a secret that only this user may read, and makes it when it is not there. Two programs that start at once agree on
 * one: the file appears whole or not at all, and the first one stays.
 */
export async function secretFile(file: string, make: () => string | Promise<string>): Promise<string> {
  const existing = await readIfThere(file)
  if (existing !== null) return existing
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(await make())
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(draft, file)
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause
  } finally {
    await rm(draft, { force: true })
  }
  return readFile(file, 'utf8')
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null
    throw cause
  }
}

const isCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code
