import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerTag } from '../sandbox/host.ts'
import { removeOfGoneOwners } from '../sandbox/leftovers.ts'

/**
 * A seat's folder of sockets and cookies. It lies in the temp folder because the address of a Unix socket has 107 bytes at
 * most, and it is named after its owner, so that the next agent can tell what a killed one left.
 */
const prefix = 'nearcade-run-'

export const makeRunFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${ownerTag()}-`))

export const removeRunFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** Removes the folders of agents that are gone; gives how many went. What cannot be removed is told and stays. */
export const sweepRunFolders = (onLeft: (path: string, error: unknown) => void): Promise<number> =>
  removeOfGoneOwners(tmpdir(), prefix, onLeft)
