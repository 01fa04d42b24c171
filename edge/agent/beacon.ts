import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Credentials } from '../ice/stun.ts'
import type { BeaconThreadData, FromBeaconThread } from './beaconThread.ts'

/**
 * What players measure their distance to a node with: it answers STUN binding requests that prove they were given this
 * node's password, and nothing else. It keeps nothing about anybody, and an answer (64 bytes for IPv4, 76 for IPv6) is never longer
 * than its request (a browser's check, with priority and role, is 88 bytes or more).
 */
export interface Beacon extends AsyncDisposable {
  readonly port: number
  readonly ufrag: string
  readonly password: string
  counters(): BeaconCounters
}

/** Packets since the start. `dropped`: of those worth an answer, when the system took no more. */
export interface BeaconCounters {
  readonly answered: number
  readonly ignored: number
  readonly dropped: number
}

export interface BeaconOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** Addresses to listen on beside the interfaces' own, where this machine has them. */
  readonly advertise?: readonly string[]
  readonly ipv6?: boolean
  readonly log?: { warn(fields: object, text: string): void }
}

/** Bundled, both lie side by side; under tsx this is a source file, which a thread of Node 20 reads only when told how. */
function openWorker(workerData: BeaconThreadData): Worker {
  const options = {
    workerData,
    execArgv: [],
    // Nothing of the agent's surroundings is its business.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./beacon.mjs', import.meta.url), options)
  const tsx = createRequire(import.meta.url).resolve('tsx/cjs/api')
  const file = fileURLToPath(new URL('./beaconThread.ts', import.meta.url))
  const code = `require(${JSON.stringify(tsx)}).register(); require(${JSON.stringify(file)})`
  return new Worker(code, { ...options, eval: true })
}

/** It holds three sockets' worth of buffers and two answers. */
const maxHeapMb = 64
const restartAfterMs = 1_000

/** @throws Error when the port cannot be opened */
export async function startBeacon(options: BeaconOptions): Promise<Beacon> {
  // RFC 8445 5.3: at least 24 bits of ufrag and 128 of password.
  const credentials: Credentials = {
    ufrag: randomBytes(6).toString('hex'),
    password: randomBytes(18).toString('hex'),
  }
  const shared = new SharedArrayBuffer(3 * 8)
  const counts = new Float64Array(shared)
  const settings = { ...credentials, advertise: options.advertise ?? [], ipv6: options.ipv6 ?? true }
  let closing = false
  let restart: NodeJS.Timeout | null = null
  let restarting: Promise<void> = Promise.resolve()
  const start = (port: number): Promise<Thread> => startThread({ ...settings, port, counts: shared })
  let thread = await start(options.port)
  const { port } = thread

  const watch = (): void =>
    void thread.ended.then((why) => {
      if (closing) return
      options.log?.warn({ why }, 'the beacon stopped: starting it again')
      again()
    })
  const again = (): void => {
    restart = setTimeout(() => {
      restarting = start(port).then(
        (next) => {
          thread = next
          if (!closing) watch()
        },
        () => {
          if (!closing) again()
        },
      )
    }, restartAfterMs)
  }
  watch()

  return {
    port,
    ...credentials,
    counters: () => ({ answered: counts[0] ?? 0, ignored: counts[1] ?? 0, dropped: counts[2] ?? 0 }),
    async [Symbol.asyncDispose]() {
      closing = true
      if (restart !== null) clearTimeout(restart)
      await restarting
      await thread.close()
    },
  }
}

interface Thread {
  readonly port: number
  /** Settles with the reason when it is gone. Never rejects. */
  readonly ended: Promise<string>
  close(): Promise<void>
}

async function startThread(data: BeaconThreadData): Promise<Thread> {
  const worker = openWorker(data)
  let why = 'it ended by itself'
  const ended = new Promise<string>((resolve) => {
    worker.once('error', (error) => {
      why = error.message
    })
    worker.once('exit', () => resolve(why))
  })
  const first = await Promise.race([
    new Promise<FromBeaconThread>((resolve) => worker.once('message', resolve)),
    ended.then((reason): FromBeaconThread => ({ kind: 'failed', why: reason })),
  ])
  if (first.kind === 'failed') {
    await ended
    throw new Error(first.why)
  }
  return {
    port: first.port,
    ended,
    async close() {
      worker.postMessage('close')
      await ended
    },
  }
}
