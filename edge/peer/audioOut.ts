import type { PacedPacket } from '../transport/packet.ts'
import { type AudioBlock, encodeRed } from '../transport/protect/red.ts'
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
  /** RFC 2198; null where the browser does not take it. */
  readonly redPayloadType: number | null
  /** How many earlier blocks to carry again. */
  redundantBlocks(): number
}

const MAX_REDUNDANT_BLOCKS = 2

/** The sound's RTP stream. */
export interface AudioOut {
  readonly stream: RtpStream
  packet(payload: Buffer, timestamp: number): PacedPacket
  known(): void
}

export function createAudioOut(options: AudioOutOptions): AudioOut {
  const { payloadType, redPayloadType, ssrc, ids, writer } = options
  const stream = new RtpStream(ssrc)
  let mid = options.mid
  let earlier: AudioBlock[] = []

  /** Payload and its type: RED only where something is carried again. */
  function pack(own: AudioBlock): { payload: Buffer; payloadType: number } {
    const blocks = redPayloadType === null ? 0 : Math.min(options.redundantBlocks(), MAX_REDUNDANT_BLOCKS)
    const again = blocks === 0 ? [] : earlier.slice(-blocks)
    earlier = [...earlier.slice(1 - MAX_REDUNDANT_BLOCKS), own]
    if (redPayloadType === null || again.length === 0) return { payload: own.payload, payloadType }
    return { payload: encodeRed(payloadType, again, own), payloadType: redPayloadType }
  }

  return {
    stream,
    packet(block, timestamp) {
      const packed = pack({ payload: block, timestamp })
      const extras = mid === null ? noExtras : { ...noExtras, mid }
      return {
        kind: 'audio',
        bytes: headerBytes(ids, extras) + packed.payload.length,
        frame: -1,
        keyframe: false,
        send(_nowMs, probeId) {
          const packet = stream.next({ ...packed, timestamp, marker: false, extras })
          writer.write(packet, { kind: 'audio', ids, probeId })
        },
      }
    },
    known() {
      mid = null
    },
  }
}
