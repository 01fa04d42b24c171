/** Fourteen bits of clock ticks, ten bits of length (RFC 2198 section 3). */
const MAX_OFFSET = 2 ** 14
const MAX_BYTES = 2 ** 10
const REDUNDANT_HEADER_BYTES = 4

export interface AudioBlock {
  readonly payload: Buffer
  readonly timestamp: number
}

/** A packet that carries earlier blocks again before its own: payload as in RFC 2198. Blocks that do not fit its fields are left out. */
export function encodeRed(payloadType: number, earlier: readonly AudioBlock[], own: AudioBlock): Buffer {
  const again = earlier.filter(
    ({ payload, timestamp }) => payload.length < MAX_BYTES && (own.timestamp - timestamp) >>> 0 < MAX_OFFSET,
  )
  const headers = again.map(({ payload, timestamp }) => {
    const header = Buffer.allocUnsafe(REDUNDANT_HEADER_BYTES)
    header.writeUInt8(0x80 | payloadType, 0)
    header.writeUIntBE((((own.timestamp - timestamp) >>> 0) << 10) | payload.length, 1, 3)
    return header
  })
  return Buffer.concat([
    ...headers,
    Buffer.from([payloadType]),
    ...again.map(({ payload }) => payload),
    own.payload,
  ])
}

const MIN_LOSS = 0.003
const HEAVY_LOSS = 0.05
/** Sound is some 130 kbit/s: below this, carrying it twice would cost the picture too much. */
const MIN_TARGET_BPS = 800_000

/** How many earlier blocks each packet carries again. */
export function redundantBlocks(lossRatio: number, targetBps: number): number {
  if (lossRatio < MIN_LOSS || targetBps < MIN_TARGET_BPS) return 0
  return lossRatio < HEAVY_LOSS ? 1 : 2
}
