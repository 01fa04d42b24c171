import { isBeyondRepair } from '../transport/beyondRepair.ts'
import type { SentPacket } from '../transport/congestion/controller.ts'
import { createHistory } from '../transport/history.ts'
import type { PacedPacket } from '../transport/packet.ts'
import type { FrameToProtect } from '../transport/protect/overhead.ts'
import type { ProtectedPacket, Protector } from '../transport/protect/protector.ts'
import { createRepairBudget } from '../transport/repairBudget.ts'
import { type ExtensionIds, noExtras, type PacketExtras, type PlayoutDelay } from './headerExtensions.ts'
import type { NegotiatedVideoCodec } from './offer.ts'
import type { VideoFrameOut } from './peer.ts'
import { RtpStream, type StreamPacket } from './rtpStream.ts'
import type { RtpWriter } from './rtpWriter.ts'
import { headerBytes, WireHeader } from './wireHeader.ts'

const HISTORY_MS = 1500
/** RTX may take this share of the rate. */
const REPAIR_SHARE = 0.33
/** Browsers take a while to learn the round trip, and ask too often until then. */
const DEFAULT_RTT_MS = 50
/** Our round trip has the wait for the next feedback in it: the browser's, after which it asks again, is shorter. */
const SPACING = 0.6
const RTX_HEADER_BYTES = 2
/** RFC 3550: the last byte of padding says how much of it there is. */
const PADDING = Buffer.alloc(255)
PADDING[254] = 255

export interface Protection {
  readonly protector: Protector
  readonly payloadType: number
  readonly ssrc: number
  /** Repair packets for each packet of a frame that begins to leave now. */
  overhead(frame: FrameToProtect): number
  push(packets: readonly PacedPacket[]): void
}

export interface VideoOutOptions {
  readonly codecs: readonly NegotiatedVideoCodec[]
  readonly ssrc: number
  readonly rtxSsrc: number
  readonly mid: string | null
  readonly ids: ExtensionIds
  readonly repairs: boolean
  readonly protection: Protection | null
  readonly writer: RtpWriter
  wallMs(): number
  /** So much is missing that only a keyframe helps; what is asked for until it leaves is not sent again. */
  onBeyondRepair(): void
}

/** The picture's RTP stream and those that carry its retransmissions and its protection: makes packets that may wait, and numbers them as they leave. */
export interface VideoOut {
  readonly stream: RtpStream
  /** It and the one of its retransmissions. */
  readonly streams: readonly RtpStream[]
  frame(frame: VideoFrameOut, playoutDelay: PlayoutDelay): PacedPacket[]
  /** What to send again of what the browser asks for. */
  repair(
    lost: readonly number[],
    nowMs: number,
    path: { rttMs: number | null; targetBps: number },
  ): PacedPacket[]
  /**
   * The same for what its reports of arrivals show, unasked: a NACK may be lost, and where a repair is, the browser asks again only after a
   * round trip.
   */
  repairUnasked(missing: readonly SentPacket[], nowMs: number, targetBps: number): PacedPacket[]
  /** A packet that repeats something sent lately, to fill a probe; null before there is any. */
  padding(bytes: number): PacedPacket | null
  /** The browser knows the stream: it need not be told which it is. */
  known(): void
}

export function createVideoOut(options: VideoOutOptions): VideoOut {
  const { ids, writer, protection } = options
  const stream = new RtpStream(options.ssrc)
  const rtx = new RtpStream(options.rtxSsrc)
  const repairs = new RtpStream(protection?.ssrc ?? 0)
  const plainHeader = new WireHeader()
  const history = createHistory<StreamPacket>(HISTORY_MS)
  const budget = createRepairBudget(REPAIR_SHARE)
  const formats = new Map(options.codecs.map((format) => [format.codec, format]))
  const rtxTypes = new Map(options.codecs.map((format) => [format.payloadType, format.rtxPayloadType]))
  let mid = options.mid
  let frames = 0
  let filler: StreamPacket | null = null
  /** A keyframe is on its way in place of repairs. */
  let anew = false
  let overhead = 0
  let sentOfFrame: ProtectedPacket[] = []

  function media(frame: VideoFrameOut, nth: number, number: number, playoutDelay: PlayoutDelay): PacedPacket {
    const payload = frame.payloads[nth] ?? Buffer.alloc(0)
    const last = nth === frame.payloads.length - 1
    const extras: PacketExtras =
      nth === 0
        ? { playoutDelay, capturedAtMs: frame.capturedAtMs, mid }
        : mid === null
          ? noExtras
          : { ...noExtras, mid }
    const payloadType = formats.get(frame.codec)?.payloadType
    return {
      kind: 'video',
      bytes: headerBytes(ids, extras) + payload.length,
      frame: number,
      keyframe: frame.keyframe,
      send(nowMs, probeId) {
        if (payloadType === undefined) return
        const packet = stream.next({
          payload,
          payloadType,
          timestamp: frame.rtpTimestamp,
          marker: last,
          extras,
        })
        // The browser goes on from the keyframe: what it missed before is of no use.
        if (frame.keyframe && nth === 0) {
          history.forget()
          anew = false
        }
        if (options.repairs) history.add(packet.sequenceNumber, packet, nowMs)
        if (filler === null || payload.length > filler.payload.length * 0.8) filler = packet
        writer.write(packet, { kind: 'video', ids, probeId, carries: packet.sequenceNumber })
        if (protection !== null) protect(packet, protection, nth === 0 ? frame : null)
        if (last) frame.onSent(options.wallMs())
      },
    }
  }

  function protect(packet: StreamPacket, by: Protection, begun: VideoFrameOut | null): void {
    if (begun !== null) {
      overhead = by.overhead({ packets: begun.payloads.length, keyframe: begun.keyframe })
      sentOfFrame = []
    }
    if (overhead > 0) {
      const header = plainHeader.describe(packet, ids, null)
      const { sequenceNumber, payload } = packet
      sentOfFrame.push({
        sequenceNumber,
        header: Buffer.from(header.serialize(header.serializeSize)),
        payload,
      })
    }
    if (packet.marker)
      by.push(
        by.protector.protect(sentOfFrame, overhead).map((body) =>
          beside(repairs, 'fec', {
            payload: body,
            payloadType: by.payloadType,
            timestamp: packet.timestamp,
          }),
        ),
      )
  }

  /** A packet of a stream beside the picture's, on the picture's clock. */
  function beside(
    numbers: RtpStream,
    kind: 'fec' | 'probe',
    { payload, payloadType, timestamp }: Pick<StreamPacket, 'payload' | 'payloadType' | 'timestamp'>,
  ): PacedPacket {
    return {
      kind,
      bytes: headerBytes(ids, noExtras) + payload.length,
      frame: -1,
      keyframe: false,
      send(_nowMs, probeId) {
        const packet = numbers.next({ payload, payloadType, timestamp, marker: false, extras: noExtras })
        writer.write(packet, { kind, ids, probeId, padded: payload === PADDING })
      },
    }
  }

  /** RFC 4588: the original sequence number comes before the original payload. */
  function again(packet: StreamPacket, kind: 'retransmission' | 'probe'): PacedPacket {
    const rtxType = rtxTypes.get(packet.payloadType) ?? null
    const extraBytes = rtxType === null ? 0 : RTX_HEADER_BYTES
    return {
      kind,
      bytes: headerBytes(ids, packet.extras) + packet.payload.length + extraBytes,
      frame: -1,
      keyframe: false,
      send(nowMs, probeId) {
        const carries = packet.sequenceNumber
        if (kind === 'retransmission') history.sentAgain(carries, nowMs)
        if (rtxType === null) return writer.write(packet, { kind, ids, probeId, carries })
        const payload = Buffer.allocUnsafe(packet.payload.length + RTX_HEADER_BYTES)
        payload.writeUInt16BE(packet.sequenceNumber)
        packet.payload.copy(payload, RTX_HEADER_BYTES)
        writer.write(rtx.next({ ...packet, payload, payloadType: rtxType }), { kind, ids, probeId, carries })
      },
    }
  }

  /** `sinceMs`: what went out again after that is on its way. */
  function repair(
    lost: readonly { readonly number: number; readonly sinceMs: number }[],
    nowMs: number,
    targetBps: number,
  ): PacedPacket[] {
    if (anew) return []
    const known = lost.flatMap(({ number }) => history.look(number, nowMs) ?? [])
    const missing = {
      bytes: known.reduce((sum, { packet }) => sum + packet.payload.length, 0),
      gone: known.some(({ gone }) => gone),
    }
    if (isBeyondRepair(missing, targetBps)) {
      anew = true
      options.onBeyondRepair()
      return []
    }
    return lost.flatMap(({ number, sinceMs }) => {
      const packet = history.resend(number, nowMs, sinceMs)
      return packet !== null && budget.take(packet.payload.length, nowMs, targetBps)
        ? [again(packet, 'retransmission')]
        : []
    })
  }

  return {
    stream,
    streams: [stream, rtx],
    frame(frame, playoutDelay) {
      const number = frames++
      return frame.payloads.map((_, nth) => media(frame, nth, number, playoutDelay))
    },
    repair(lost, nowMs, { rttMs, targetBps }) {
      const sinceMs = nowMs - (rttMs ?? DEFAULT_RTT_MS) * SPACING
      return repair(
        lost.map((number) => ({ number, sinceMs })),
        nowMs,
        targetBps,
      )
    },
    repairUnasked(missing, nowMs, targetBps) {
      const lost = missing.flatMap(({ carries, kind, sentAtMs }) =>
        carries === undefined || kind === 'probe' ? [] : [{ number: carries, sinceMs: sentAtMs }],
      )
      return repair(lost, nowMs, targetBps)
    },
    padding(bytes) {
      const rtxType = filler === null ? null : (rtxTypes.get(filler.payloadType) ?? null)
      if (filler === null || rtxType === null) return null
      return filler.payload.length * 2 > bytes
        ? again(filler, 'probe')
        : beside(rtx, 'probe', { payload: PADDING, payloadType: rtxType, timestamp: filler.timestamp })
    },
    known() {
      mid = null
    },
  }
}
