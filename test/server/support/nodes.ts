import { siteIdOf } from '../../../server/placement/site.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'

/** A node that could take anybody who asks for `game`, alone at its site. */
export function nodeOf(nodeId: string, change: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const at = { siteName: nodeId.toUpperCase(), lat: null, lon: null, ...change }
  return {
    nodeId,
    siteId: siteIdOf(at),
    draining: false,
    seats: 4,
    seatsFree: 4,
    titles: [{ id: 'game', version: '1.0.0' }],
    ready: [],
    codecs: ['h264', 'vp8'],
    beacon: { addresses: ['127.0.0.1'], port: 1, ufrag: 'u', password: 'p' },
    country: null,
    trust: null,
    encodeP95Ms: 10,
    gpu: null,
    packages: { installing: [], faults: [] },
    centsPerHour: null,
    ...at,
  }
}
