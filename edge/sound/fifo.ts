import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A pipe with a name for the moment that it takes to open both ends; reading never blocks. */
export interface Fifo {
  /** For the writing process's stdout; call `closeWriter` once it has it. */
  readonly writer: number
  closeWriter(): void
  /** Bytes read into `buffer`; 0 when there are none now. */
  read(buffer: Buffer): number
  close(): void
}

/** Unlike a stream of Node's, it is read when its reader wants to, into the reader's own memory. */
export async function openFifo(file: string): Promise<Fifo> {
  await run('mkfifo', ['-m', '600', file])
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(file, constants.O_WRONLY)
  rmSync(file)
  const open = new Set([reader, writer])
  const close = (fd: number): void => {
    if (open.delete(fd)) closeSync(fd)
  }
  return {
    writer,
    closeWriter: () => close(writer),
    read(buffer) {
      try {
        return readSync(reader, buffer)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
        throw error
      }
    },
    close() {
      close(writer)
      close(reader)
    },
  }
}
