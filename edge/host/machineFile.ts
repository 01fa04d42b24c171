import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseEdgeSettings, type EdgeSettings } from '../../config/settings/edge.ts'

/** A joined machine's settings, in its data folder: by the names of config/settings/edge.ts, as the node reads them. */
export type MachineFile = Readonly<Record<string, string>>

const fileName = 'edge.json'

export const machineFileIn = (dataDir: string): string => join(dataDir, fileName)

export const defaultDataDir = (uid: number | undefined): string =>
  uid === 0 ? '/var/lib/nearcade-edge' : join(homedir(), '.local/share/nearcade-edge')

/** Null: this machine has not joined. @throws Error where the file cannot be read, SettingsError where it is wrong */
export async function readMachineFile(
  dataDir: string,
): Promise<{ readonly file: MachineFile; readonly settings: EdgeSettings } | null> {
  const text = await readFile(machineFileIn(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const file = JSON.parse(text) as MachineFile
  return { file, settings: parseEdgeSettings({}, file) }
}

/** Whole or not at all. */
export async function writeMachineFile(dataDir: string, file: MachineFile): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${machineFileIn(dataDir)}.new`
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, machineFileIn(dataDir))
}
