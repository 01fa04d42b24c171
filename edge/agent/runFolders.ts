import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerIsGone, ownerTag } from '../sandbox/host.ts'

/**
 * A seat's folder of sockets and cookies. It lies in the temp folder because the address of a Unix socket has 107 bytes at
 * most, and it is named after its owner, so that the next agent can tell what a killed one left.
 */
const prefix = 'nearcade-run-'

export const makeRunFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${ownerTag()}-`))

export const removeRunFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** Removes the folders of agents that are gone; returns how many there were. */
export async function sweepRunFolders(): Promise<number> {
  const names = await readdir(tmpdir()).catch(() => [])
  const left = names.filter((name) => {
    const owner = name.startsWith(prefix) ? /^(\d+-\d+-\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined
    return owner !== undefined && ownerIsGone(owner)
  })
  for (const name of left) await removeRunFolder(join(tmpdir(), name))
  return left.length
}
