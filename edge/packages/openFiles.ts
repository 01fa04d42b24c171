import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Files that are written chunk by chunk, kept open from one to the next. */
export interface OpenFiles {
  /** Runs while the file is open; made where it is not there. */
  with<T>(path: string, run: (file: FileHandle) => Promise<T>): Promise<T>
  /** It is written no more. */
  close(path: string): Promise<void>
  closeAll(): Promise<void>
}

interface Opened {
  readonly file: Promise<FileHandle>
  users: number
}

/** More of them are open only while they are in use. */
const maxIdle = 32

export function createOpenFiles(): OpenFiles {
  const opened = new Map<string, Opened>()

  async function close(path: string): Promise<void> {
    const known = opened.get(path)
    opened.delete(path)
    const file = await known?.file.catch(() => null)
    await file?.close()
  }

  return {
    async with(path, run) {
      const own = opened.get(path) ?? {
        file: open(path, constants.O_RDWR | constants.O_CREAT, 0o600),
        users: 0,
      }
      // The one that was used last is at the end.
      opened.delete(path)
      opened.set(path, own)
      own.users += 1
      try {
        return await run(await own.file)
      } finally {
        own.users -= 1
        const idle = [...opened].find(([, { users }]) => users === 0)
        if (opened.size > maxIdle && idle !== undefined) await close(idle[0])
      }
    },
    close,
    async closeAll() {
      for (const path of opened.keys()) await close(path)
    },
  }
}
