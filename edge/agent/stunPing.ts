import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Credentials } from '../ice/stun.ts'
import { answeredTransaction, bindingRequestTo, provesPassword } from '../ice/stunRequest.ts'

/** Asks beacons for their round trip. One socket of each family, opened with the first question. */
export interface StunPing extends AsyncDisposable {
  /** ms; null when no proven answer came in time. Never rejects. */
  ask(to: Credentials & { readonly address: string; readonly port: number }): Promise<number | null>
}

interface Question {
  readonly to: Parameters<StunPing['ask']>[0]
  readonly sentAtMs: number
  settle(rttMs: number | null): void
}

/** What takes longer is nothing that anybody would be sent over. */
const patienceMs = 2_000

export function openStunPing(nowMs: () => number = () => performance.now()): StunPing {
  const sockets = new Map<4 | 6, Promise<Socket | null>>()
  const waiting = new Map<string, Question>()

  const onAnswer = (message: Buffer): void => {
    const atMs = nowMs()
    const transaction = answeredTransaction(message)
    const question = transaction === null ? undefined : waiting.get(transaction)
    if (question === undefined || !provesPassword(message, question.to.password)) return
    question.settle(Math.max(0, atMs - question.sentAtMs))
  }
  const socketOf = (family: 4 | 6): Promise<Socket | null> => {
    const socket = sockets.get(family) ?? open(family, onAnswer)
    sockets.set(family, socket)
    return socket
  }

  return {
    async ask(to) {
      const socket = await socketOf(isIPv6(to.address) ? 6 : 4)
      if (socket === null) return null
      const transaction = randomBytes(12)
      const request = bindingRequestTo(to, 'mesh', transaction)
      const key = transaction.toString('hex')
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle(null), patienceMs)
        const settle = (rttMs: number | null): void => {
          clearTimeout(timer)
          waiting.delete(key)
          resolve(rttMs)
        }
        waiting.set(key, { to, sentAtMs: nowMs(), settle })
        // An address without a way to it is one more that does not answer.
        socket.send(request, to.port, to.address, (error) => {
          if (error !== null) settle(null)
        })
      })
    },
    async [Symbol.asyncDispose]() {
      for (const { settle } of waiting.values()) settle(null)
      for (const opening of sockets.values()) {
        const socket = await opening
        if (socket !== null) await new Promise<void>((resolve) => socket.close(() => resolve()))
      }
      sockets.clear()
    },
  }
}

/** Null on a machine without this family. */
function open(family: 4 | 6, onMessage: (message: Buffer) => void): Promise<Socket | null> {
  const socket = createSocket({
    type: `udp${family}`,
    // All addresses are numeric.
    lookup: (numeric, _options, found) => found(null, numeric, family),
  })
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.bind(0, () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      socket.on('message', onMessage)
      resolve(socket)
    })
  })
}
