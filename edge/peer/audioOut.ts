import type { PacedPacket } from '../transport/packet.ts'
import { type ExtensionIds, noExtras } from './headerExtensions.ts'
import { RtpStream } from './rtpStream.ts'
import type { RtpWriter } from './rtpWriter.ts'
import { headerBytes } from './wireHeader.ts'

export interface AudioOutOptions {
  readonly payloadType: number
  readonly ssrc: number
  readonly mid: string | null
  readonly ids: ExtensionIds
  readonly writer: RtpWriter
}

/** The sound's RTP stream. */
export interface AudioOut {
  readonly stream: RtpStream
  packet(payload: Buffer, timestamp: number): PacedPacket
  known(): void
}

export function createAudioOut({ payloadType, ssrc, ids, writer, ...options }: AudioOutOptions): AudioOut {
  const stream = new RtpStream(ssrc)
  let mid = options.mid
  return {
    stream,
    packet(payload, timestamp) {
      const extras = mid === null ? noExtras : { ...noExtras, mid }
      return {
        kind: 'audio',
        bytes: headerBytes(ids, extras) + payload.length,
        frame: -1,
        keyframe: false,
        send(_nowMs, probeId) {
          const packet = stream.next({ payload, payloadType, timestamp, marker: false, extras })
          writer.write(packet, { kind: 'audio', ids, probeId })
        },
      }
    },
    known() {
      mid = null
    },
  }
}
