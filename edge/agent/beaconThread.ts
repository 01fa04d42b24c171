import type { Socket } from 'node:dgram'
import { parentPort, workerData } from 'node:worker_threads'
import { bindPort, type BoundPort } from '../ice/boundPort.ts'
import { listenAddresses } from '../ice/hostCandidates.ts'
import type { Credentials } from '../ice/stun.ts'
import { createAnswer } from './beaconAnswer.ts'

/** A thread of its own, so that a busy agent delays no answer and a flood of questions delays no agent. */
export interface BeaconThreadData extends Credentials {
  readonly port: number
  readonly advertise: readonly string[]
  readonly ipv6: boolean
  /** Three doubles that only this thread writes: answered, ignored, dropped. */
  readonly counts: SharedArrayBuffer
}

export type FromBeaconThread =
  | { readonly kind: 'listening'; readonly port: number }
  /** It could not begin. */
  | { readonly kind: 'failed'; readonly why: string }

/** Networks come and go under a running node. */
const refreshEveryMs = 15_000
const nothing = (): void => {}

async function serve(data: BeaconThreadData): Promise<void> {
  const say = (message: FromBeaconThread): void => parentPort?.postMessage(message)
  const counts = new Float64Array(data.counts)
  const count = (which: 0 | 1 | 2): void => {
    counts[which] = (counts[which] ?? 0) + 1
  }
  const answerTo = createAnswer(data)

  const onSocket = (_via: string, socket: Socket): void =>
    void socket.on('message', (message, { address, port }) => {
      const answer = answerTo(message, address, port)
      if (answer === null) return count(1)
      // The system takes no more: a late answer would be a wrong measurement, and the next one is written to the same bytes.
      if (socket.getSendQueueCount() > 0) return count(2)
      count(0)
      socket.send(answer, port, address, nothing)
    })

  let bound: BoundPort
  try {
    bound = await bindPort({
      range: data.port === 0 ? null : { from: data.port, to: data.port },
      addresses: () => listenAddresses({ ...data, own: true }),
      hint: 'NEARCADE_BEACON_PORT must name a free one, or 0 to take any',
      onSocket,
    })
  } catch (cause) {
    say({ kind: 'failed', why: cause instanceof Error ? cause.message : String(cause) })
    parentPort?.close()
    return
  }
  const refresh = setInterval(() => void bound.refresh(), refreshEveryMs)
  parentPort?.once('message', () => {
    clearInterval(refresh)
    parentPort?.close()
    void bound[Symbol.asyncDispose]()
  })
  say({ kind: 'listening', port: bound.port })
}

void serve(workerData as BeaconThreadData)
