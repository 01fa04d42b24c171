import type { Launched } from '../sandbox/launch.ts'
import { BlockBuffer } from './blocks.ts'
import { openFifo } from './fifo.ts'
import { SampleClock } from './sampleClock.ts'

/**
 * A low-latency game makes the recorder write every 1.25 ms. Reading at our own pace costs a quarter of the CPU time that waking
 * for each of them does, and no more delay than a block.
 */
const readEveryMs = 10
/** After a while in silence: a sound that begins then may come 10 ms later. */
const readQuietEveryMs = 20
const quietAfterMs = 1000
/** A recorder that dies is started again, this often at most, a little later each time. */
const maxRestarts = 5
const restartMs = 200

/** Records for as long as it is open, with a new process where one dies. */
export async function startRecorder(options: {
  readonly fifoFile: string
  readonly blockMs: number
  readonly blockBytes: number
  /** Starts a process that writes raw sound to that descriptor. */
  launch(stdout: number): Promise<Launched>
  onBlock(pcm: Buffer, capturedAtUs: number): void
}): Promise<AsyncDisposable> {
  const { blockMs, blockBytes, onBlock } = options
  let closed = false
  let restarts = 0
  let stop = async (): Promise<void> => {}

  const start = async (): Promise<void> => {
    const fifo = await openFifo(options.fifoFile)
    const process = await options.launch(fifo.writer).catch((error: unknown) => {
      fifo.close()
      throw error
    })
    fifo.closeWriter()
    if (closed) {
      fifo.close()
      return process.kill()
    }
    const buffer = new BlockBuffer(blockBytes)
    const clock = new SampleClock(blockMs)
    const silence = Buffer.alloc(blockBytes)
    let quietMs = 0
    const read = (): void => {
      timer = setTimeout(read, quietMs >= quietAfterMs ? readQuietEveryMs : readEveryMs)
      const arrivedAtUs = (performance.timeOrigin + performance.now()) * 1000
      const { space } = buffer
      buffer.filled(fifo.read(space), (pcm) => {
        quietMs = pcm.equals(silence) ? quietMs + blockMs : 0
        onBlock(pcm, clock.next(arrivedAtUs))
      })
    }
    let timer = setTimeout(read, readEveryMs)
    const ended = process.closed.then(() => {
      clearTimeout(timer)
      fifo.close()
    })
    stop = async () => {
      await process.kill()
      await ended
    }
    void ended.then(startAgain)
  }

  const startAgain = (): void => {
    if (closed || restarts === maxRestarts) return
    restarts += 1
    let starting: Promise<void> | null = null
    const timer = setTimeout(() => {
      starting = start().catch(startAgain)
    }, restartMs * restarts)
    stop = async () => {
      clearTimeout(timer)
      await starting
    }
  }

  await start()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      await stop()
    },
  }
}
