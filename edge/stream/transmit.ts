import type { Peer } from '../peer/peer.ts'
import type { Pacer } from './pace.ts'
import type { StreamCounters } from './stages.ts'

/** The last stage on the edge: paced packets go to the peer, and are counted. */
export interface Transmitter {
  frame(packets: readonly Buffer[], rtpTimestamp: number, done: () => void): void
}

export function createTransmitter(
  peer: Pick<Peer, 'sendVideo'>,
  pacer: Pacer,
  counters: StreamCounters,
): Transmitter {
  return {
    frame(packets, rtpTimestamp, done) {
      pacer.send(
        packets,
        (payload, last) => {
          counters.packetsSent++
          counters.bytesSent += payload.length
          peer.sendVideo(payload, rtpTimestamp, last)
        },
        done,
      )
    },
  }
}
