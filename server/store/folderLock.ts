import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** An embedded database belongs to one process: two on one folder would damage it. */
export interface FolderLock {
  release(): Promise<void>
}

/** @throws when a living process holds the folder; one that was killed holds nothing */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'lock')
  // The lock appears whole: one that is still empty would look like a dead process's to another starter.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${process.pid} ${(await startOf(process.pid)) ?? ''}`, { flag: 'wx', mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (await linked(draft, file)) return { release: () => rm(file, { force: true }) }
      const held = await readFile(file, 'utf8').catch(() => null)
      if (held === null) continue
      const [pid = '', start = ''] = held.split(' ')
      if (pid !== '' && (await startOf(Number(pid))) === start) {
        throw new Error(
          `The data in ${folder} is in use by process ${pid}. Stop it, or choose another folder with NEARCADE_DATA.`,
        )
      }
      await rm(file, { force: true })
    }
    throw new Error(`The data in ${folder} could not be locked.`)
  } finally {
    await rm(draft, { force: true })
  }
}

/** False when the file exists already. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

/** When a process began, in clock ticks since boot: with it, a number that was given out again is told apart. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name stands in parentheses and may hold any character, so the fields start after the last one.
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null)
}
