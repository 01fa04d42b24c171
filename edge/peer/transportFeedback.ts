import type { TransportFeedback } from '../transport/congestion/feedback.ts'

const TICK_MS = 0.25
const RECEIVED_SMALL = 1
const RECEIVED_LARGE = 2

/**
 * The body of a transport-wide feedback message, from the base sequence number on (draft-holmer-rmcat-transport-wide-cc-extensions-01,
 * section 3.1). Throws RangeError on one that is cut off.
 */
export function readTransportFeedback(body: Buffer): TransportFeedback {
  const count = body.readUInt16BE(2)
  const symbols: number[] = []
  let at = 8
  while (symbols.length < count) {
    readChunk(body.readUInt16BE(at), count - symbols.length, symbols)
    at += 2
  }
  let afterMs = 0
  const arrivalsMs = symbols.map((symbol) => {
    if (symbol === RECEIVED_SMALL) {
      afterMs += body.readUInt8(at) * TICK_MS
      at += 1
    } else if (symbol === RECEIVED_LARGE) {
      afterMs += body.readInt16BE(at) * TICK_MS
      at += 2
    } else return null
    return afterMs
  })
  return { baseSequence: body.readUInt16BE(0), referenceTicks: body.readUIntBE(4, 3), arrivalsMs }
}

/** A run of one symbol, or a vector of 14 one-bit or 7 two-bit symbols; at most `wanted` of them count. */
function readChunk(chunk: number, wanted: number, symbols: number[]): void {
  if ((chunk & 0x8000) === 0) {
    const symbol = (chunk >> 13) & 3
    for (let left = Math.min(chunk & 0x1fff, wanted); left > 0; left--) symbols.push(symbol)
    return
  }
  const bits = (chunk & 0x4000) === 0 ? 1 : 2
  for (let nth = 0; nth < Math.min(14 / bits, wanted); nth++) {
    symbols.push((chunk >> (14 - bits * (nth + 1))) & (bits === 1 ? 1 : 3))
  }
}
