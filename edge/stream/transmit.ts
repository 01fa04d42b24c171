import type { Peer } from '../peer/peer.ts'
import type { EncodedFrame, StreamCounters, VideoCodec } from './stages.ts'

/** The last stage of the frame's path here: whole frames go to the peer, which paces and protects them, and are counted. */
export interface Transmitter {
  frame(
    frame: Pick<EncodedFrame, 'keyframe' | 'capturedAtMs'> & {
      readonly codec: VideoCodec
      readonly payloads: readonly Buffer[]
      readonly rtpTimestamp: number
    },
    onSent: (sentAtMs: number) => void,
  ): void
}

export function createTransmitter(peer: Pick<Peer, 'sendVideo'>, counters: StreamCounters): Transmitter {
  return {
    frame(frame, onSent) {
      counters.packetsSent += frame.payloads.length
      for (const { length } of frame.payloads) counters.bytesSent += length
      peer.sendVideo({ ...frame, onSent })
    },
  }
}
