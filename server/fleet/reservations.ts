import { randomUUID } from 'node:crypto'
import type { FromNode, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { Clock } from '../clock.ts'

export interface ReserveAsk {
  readonly sessionId: string
  readonly titleId: string
  /** Of a publisher's title. */
  readonly version?: string
  readonly codecs: Extract<ToNode, { kind: 'reserve' }>['codecs']
  /** How long the node keeps the seat for us. */
  readonly holdMs: number
  /** How long we wait for its answer. */
  readonly timeoutMs: number
}

type Answer = Extract<FromNode, { kind: 'reserved' | 'refused' }>
export type ReserveReply =
  | { readonly ok: true; readonly leaseId: string; readonly fence: number }
  | { readonly ok: false; readonly why: string }

/** Longer than any hold before its session starts. */
const rememberedMs = 60_000

/** Questions to nodes that wait for an answer. Each is answered exactly once: by the node, by time, or by its absence. */
export function createReservations(clock: Clock) {
  const waiting = new Map<string, { nodeId: string; settle: (reply: ReserveReply) => void }>()
  /** Requests whose seat we took, for as long as its hold may last. */
  const answered = new Map<string, () => void>()

  return {
    ask(nodeId: string, ask: ReserveAsk, send: (message: ToNode) => boolean): Promise<ReserveReply> {
      const requestId = randomUUID()
      const { timeoutMs, codecs, ...asked } = ask
      return new Promise((resolve) => {
        const cancel = clock.after(timeoutMs, () => settle({ ok: false, why: 'no answer in time' }))
        const settle = (reply: ReserveReply): void => {
          cancel()
          waiting.delete(requestId)
          resolve(reply)
        }
        waiting.set(requestId, { nodeId, settle })
        const sent = send({ kind: 'reserve', requestId, ...asked, codecs: [...codecs] })
        if (!sent) settle({ ok: false, why: 'not connected' })
      })
    },

    /** False: nobody waits for this answer any more, so a lease in it has to be given back. */
    settle(nodeId: string, requestId: string, answer: Answer): boolean {
      const question = waiting.get(requestId)
      if (question === undefined || question.nodeId !== nodeId) return false
      if (answer.kind === 'reserved') {
        const forget = clock.after(rememberedMs, () => answered.delete(requestId))
        answered.set(requestId, forget)
      }
      question.settle(
        answer.kind === 'reserved'
          ? { ok: true, leaseId: answer.leaseId, fence: answer.fence }
          : { ok: false, why: answer.reason },
      )
      return true
    },

    /** The answer has come before: its lease is in use, and nothing is to be given back. */
    wasAnswered: (requestId: string): boolean => answered.has(requestId),

    nodeGone(nodeId: string): void {
      for (const question of [...waiting.values()])
        if (question.nodeId === nodeId) question.settle({ ok: false, why: 'disconnected' })
    },

    close(): void {
      for (const forget of answered.values()) forget()
      answered.clear()
      for (const { settle } of [...waiting.values()]) settle({ ok: false, why: 'the router stops' })
    },
  }
}
