import type { NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import type { ProbeTarget } from '../../config/protocol/placement.ts'

/** A node that is online, as it last described itself. */
export interface NodeSnapshot {
  readonly nodeId: string
  readonly siteName: string
  readonly lat: number | null
  readonly lon: number | null
  readonly draining: boolean
  readonly seatsFree: number
  readonly titles: readonly { readonly id: string; readonly version: string }[]
  readonly codecs: readonly VideoCodecName[]
  readonly beacon: NodeStatus['beacon']
}

export function snapshotOf(nodeId: string, status: NodeStatus): NodeSnapshot {
  const { siteName, lat, lon, draining, titles, codecs, beacon } = status
  const seatsFree = status.seats.filter((seat) => seat.state === 'free').length
  return { nodeId, siteName, lat, lon, draining, seatsFree, titles, codecs, beacon }
}

export const toProbeTarget = (node: NodeSnapshot): readonly ProbeTarget[] =>
  node.beacon === null ? [] : [{ nodeId: node.nodeId, siteName: node.siteName, ...node.beacon }]
