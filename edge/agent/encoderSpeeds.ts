import { readFile, rename, writeFile } from 'node:fs/promises'
import type { FromSession } from '../session/ipc.ts'
import type { EncoderSpeeds } from '../stream/codecChoice.ts'
import type { SessionProcess, SessionProcessOptions } from './sessionProcess.ts'

/** What this node's encoders can do: measured once a machine, in a process of its own, while nobody plays. */
export interface EncoderSpeedsKeeper extends AsyncDisposable {
  /** Null until measured. */
  readonly speeds: EncoderSpeeds | null
}

export interface EncoderSpeedsOptions {
  /** Where the result is kept. */
  readonly file: string
  /** Processor and versions: what was measured under another name is measured again. */
  readonly machine: string
  /** Nobody plays, and nobody is about to. */
  idle(): boolean
  fork(options: Pick<SessionProcessOptions, 'onMessage' | 'onLine'>): SessionProcess
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
  readonly times?: Partial<EncoderSpeedsTimes>
}

export interface EncoderSpeedsTimes {
  /** From the start, and between tries: a node that has just started has better things to do. */
  readonly waitMs: number
  /** How often idleness is checked while measuring. */
  readonly watchMs: number
  /** After which the measuring process is stuck. */
  readonly limitMs: number
}

const defaultTimes: EncoderSpeedsTimes = { waitMs: 60_000, watchMs: 100, limitMs: 60_000 }
const maxTries = 10

export async function keepEncoderSpeeds(options: EncoderSpeedsOptions): Promise<EncoderSpeedsKeeper> {
  const { file, machine, log } = options
  const times = { ...defaultTimes, ...options.times }
  let speeds = await readSpeeds(file, machine)
  let closed = false
  let tries = 0
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()
  let child: SessionProcess | null = null

  const later = (): void => {
    if (closed || speeds !== null || tries >= maxTries) return
    timer = setTimeout(() => {
      if (options.idle()) running = measure().then(later)
      else later()
    }, times.waitMs)
  }

  const measure = async (): Promise<void> => {
    tries += 1
    let measured: EncoderSpeeds | null = null
    const process = options.fork({
      onMessage(message: FromSession) {
        if (message.kind === 'measured') measured = message.speeds
      },
      onLine: () => {},
    })
    child = process
    const stopAtMs = performance.now() + times.limitMs
    // Whoever wants to play gets the processor: what was measured beside a game would be wrong anyway.
    const watch = setInterval(() => {
      if (!options.idle() || performance.now() > stopAtMs) process.kill()
    }, times.watchMs)
    process.send({ kind: 'measure' })
    await process.exited
    clearInterval(watch)
    child = null
    if (measured === null || closed) return
    speeds = measured
    log.info({ machine, speeds }, 'measured the encoders')
    await writeSpeeds(file, machine, measured).catch((error: unknown) =>
      log.warn({ err: error }, 'could not keep what the encoders can do: it will be measured again'),
    )
  }

  later()
  return {
    get speeds() {
      return speeds
    },
    async [Symbol.asyncDispose]() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      child?.kill()
      await running
    },
  }
}

/** Null where there is none, or one of another machine. The file is this program's own. */
async function readSpeeds(file: string, machine: string): Promise<EncoderSpeeds | null> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { machine?: unknown; speeds?: EncoderSpeeds }
    return kept.machine === machine ? (kept.speeds ?? null) : null
  } catch {
    return null
  }
}

async function writeSpeeds(file: string, machine: string, speeds: EncoderSpeeds): Promise<void> {
  const half = `${file}.part`
  await writeFile(half, `${JSON.stringify({ machine, speeds }, null, 2)}\n`)
  await rename(half, file)
}
