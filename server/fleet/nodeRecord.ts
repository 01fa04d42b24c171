import type { NodeStatus, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { TrustClass } from '../../config/protocol/placement.ts'

/** One authenticated socket of a node. */
export interface NodeLink {
  /** False when it cannot take the message any more. */
  send(message: ToNode): boolean
  close(code: number, why: string): void
}

/** What the router remembers of a node while it has something to do with it. */
export interface NodeRecord {
  readonly nodeId: string
  link: NodeLink | null
  status: NodeStatus | null
  /** Of the latest status, over all its connections. */
  statusSeq: number
  /** What is known of its host. */
  trust: TrustClass | null
  /** Seats that are about to be asked for. */
  promised: number
  /** Tree ids of those that it was last told to have. */
  packages: ReadonlySet<string>
  lastHeardMs: number
  cancelLostTimer: (() => void) | null
}

export const newRecord = (nodeId: string, nowMs: number): NodeRecord => ({
  nodeId,
  link: null,
  status: null,
  statusSeq: 0,
  trust: null,
  promised: 0,
  packages: new Set(),
  lastHeardMs: nowMs,
  cancelLostTimer: null,
})
