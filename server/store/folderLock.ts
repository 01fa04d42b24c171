import { mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'

/** An embedded database belongs to one process: two on one folder would damage it. */
export interface FolderLock {
  release(): Promise<void>
}

/** @throws when a living process holds the folder; one that was killed holds nothing */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'lock')
  const own = `${process.pid} ${(await startOf(process.pid)) ?? ''}`
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = await open(file, 'wx', 0o600)
      await handle.writeFile(own)
      await handle.close()
      return { release: () => rm(file, { force: true }) }
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
      const [pid = '', start = ''] = (await readFile(file, 'utf8').catch(() => '')).split(' ')
      if (pid !== '' && (await startOf(Number(pid))) === start) {
        throw new Error(
          `The data in ${folder} is in use by process ${pid}. Stop it, or choose another folder with NEARCADE_DATA.`,
        )
      }
      await rm(file, { force: true })
    }
  }
  throw new Error(`The data in ${folder} could not be locked.`)
}

/** When a process began, in clock ticks since boot: with it, a number that was given out again is told apart. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name stands in parentheses and may hold any character, so the fields start after the last one.
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null)
}
