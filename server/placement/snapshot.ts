import type { NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { ProbeTarget, TrustClass } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import type { NodeGpu } from '../../config/protocol/titleGpu.ts'
import { siteIdOf } from './site.ts'

/** A node that is online, as it last described itself. */
export interface NodeSnapshot {
  readonly nodeId: string
  readonly siteId: string
  readonly siteName: string
  readonly lat: number | null
  readonly lon: number | null
  readonly draining: boolean
  readonly seats: number
  readonly seatsFree: number
  readonly titles: readonly { readonly id: string; readonly version: string }[]
  /** Titles that it keeps ready, as it says. */
  readonly ready: readonly string[]
  readonly codecs: readonly VideoCodecName[]
  readonly beacon: NodeStatus['beacon']
  /** ISO 3166-1; null where the node did not say. */
  readonly country: string | null
  /** What the router knows of its host; a node cannot say this of itself. Null: nothing. */
  readonly trust: TrustClass | null
  /** Null: nothing was measured yet. */
  readonly encodeP95Ms: number | null
  /** Null: none that titles can use. */
  readonly gpu: NodeGpu | null
  /** Publishers' packages that it is getting, and those that it could not get. */
  readonly packages: {
    readonly installing: NonNullable<NodeStatus['installing']>
    readonly faults: NonNullable<NodeStatus['installFaults']>
  }
  /** Null: not announced. */
  readonly centsPerHour: number | null
}

export function snapshotOf(nodeId: string, status: NodeStatus, trust: TrustClass | null): NodeSnapshot {
  const { siteName, lat, lon, draining, titles, codecs, beacon } = status
  return {
    nodeId,
    siteId: siteIdOf(status),
    siteName,
    lat,
    lon,
    draining,
    seats: status.seats.length,
    seatsFree: status.seats.filter((seat) => seat.state === 'free').length,
    titles,
    ready: status.ready ?? [],
    codecs,
    beacon,
    country: status.country ?? null,
    trust,
    encodeP95Ms: status.encodeP95Ms ?? null,
    gpu: status.gpu ?? null,
    packages: { installing: status.installing ?? [], faults: status.installFaults ?? [] },
    centsPerHour: status.centsPerHour ?? null,
  }
}

export const toProbeTarget = (node: NodeSnapshot): readonly ProbeTarget[] =>
  node.beacon === null ? [] : [{ nodeId: node.nodeId, siteName: node.siteName, ...node.beacon }]
