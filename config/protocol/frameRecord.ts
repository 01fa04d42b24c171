/**
 * What travels beside each encoded frame on the `frames` data channel (unordered, maxRetransmits 0), little-endian:
 * u8 version, u8 flags (bit 0 keyframe), u16 0, u32 rtpTimestamp, u32 inputId, then f64 ms on the edge's wall clock:
 * capturedAt, encodedAt, sentAt, inputReceivedAt, inputAppliedAt. `rtpTimestamp` matches requestVideoFrameCallback's metadata.
 */
export interface FrameRecord {
  readonly keyframe: boolean
  readonly rtpTimestamp: number
  /** Highest input id applied before this frame's capture; 0 = none yet. */
  readonly inputId: number
  readonly capturedAtMs: number
  readonly encodedAtMs: number
  readonly sentAtMs: number
  readonly inputReceivedAtMs: number
  readonly inputAppliedAtMs: number
}

const version = 1
export const frameRecordBytes = 12 + 5 * 8

export function encodeFrameRecord(record: FrameRecord): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameRecordBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  view.setUint8(1, record.keyframe ? 1 : 0)
  view.setUint32(4, record.rtpTimestamp, true)
  view.setUint32(8, record.inputId, true)
  const times = [
    record.capturedAtMs,
    record.encodedAtMs,
    record.sentAtMs,
    record.inputReceivedAtMs,
    record.inputAppliedAtMs,
  ]
  times.forEach((timeMs, i) => view.setFloat64(12 + 8 * i, timeMs, true))
  return bytes
}

export function decodeFrameRecord(bytes: Uint8Array): FrameRecord | null {
  if (bytes.length !== frameRecordBytes || bytes[0] !== version) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const timeMs = (i: number): number => view.getFloat64(12 + 8 * i, true)
  return {
    keyframe: view.getUint8(1) === 1,
    rtpTimestamp: view.getUint32(4, true),
    inputId: view.getUint32(8, true),
    capturedAtMs: timeMs(0),
    encodedAtMs: timeMs(1),
    sentAtMs: timeMs(2),
    inputReceivedAtMs: timeMs(3),
    inputAppliedAtMs: timeMs(4),
  }
}
