/** RFC 6184, packetization mode 1: single NAL units, STAP-A for small neighbours, FU-A for what is too large. */

const STAP_A = 24
const FU_A = 28
const NAL_TYPE = 0x1f
const NAL_REF_IDC = 0x60
const FU_START = 0x80
const FU_END = 0x40
const START_CODE = Buffer.from([0, 0, 1])
/** Access unit delimiter and filler: of no use to a receiver. */
const SKIPPED = new Set([9, 12])

/** Splits an Annex B stream at its start codes; the parts are views. */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = []
  let start = -1
  let at = 0
  for (;;) {
    const code = data.indexOf(START_CODE, at)
    const end = code === -1 ? data.length : code
    if (start >= 0) {
      // Zeros before a start code belong to it (four-byte form) or are padding.
      let last = end
      while (code !== -1 && last > start && data[last - 1] === 0) last--
      if (last > start) units.push(data.subarray(start, last))
    }
    if (code === -1) return units
    start = code + 3
    at = start
  }
}

/** The RTP payloads of one frame, in order; the last one carries the marker. */
export function packetizeH264(frame: Buffer, maxPayloadBytes: number): Buffer[] {
  const payloads: Buffer[] = []
  let small: Buffer[] = []
  let smallBytes = 1
  const flush = () => {
    const [only] = small
    if (small.length === 1 && only !== undefined) payloads.push(only)
    else if (small.length > 1) payloads.push(stapA(small, smallBytes))
    small = []
    smallBytes = 1
  }
  for (const unit of splitAnnexB(frame)) {
    if (SKIPPED.has((unit[0] ?? 0) & NAL_TYPE)) continue
    if (unit.length > maxPayloadBytes) {
      flush()
      fragment(unit, maxPayloadBytes, payloads)
      continue
    }
    if (smallBytes + 2 + unit.length > maxPayloadBytes) flush()
    small.push(unit)
    smallBytes += 2 + unit.length
  }
  flush()
  return payloads
}

function stapA(units: readonly Buffer[], bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(bytes)
  // The header's importance is the highest of the units within (section 5.7.1).
  payload[0] = STAP_A | Math.max(...units.map((unit) => (unit[0] ?? 0) & NAL_REF_IDC))
  let at = 1
  for (const unit of units) {
    at = payload.writeUInt16BE(unit.length, at)
    at += unit.copy(payload, at)
  }
  return payload
}

/** Even fragments rather than full ones and a rest: no tiny last packet. */
function fragment(unit: Buffer, maxPayloadBytes: number, payloads: Buffer[]): void {
  const header = unit[0] ?? 0
  const body = unit.length - 1
  const count = Math.ceil(body / (maxPayloadBytes - 2))
  for (let nth = 0; nth < count; nth++) {
    const from = 1 + Math.floor((body * nth) / count)
    const to = 1 + Math.floor((body * (nth + 1)) / count)
    const payload = Buffer.allocUnsafe(2 + to - from)
    payload[0] = (header & ~NAL_TYPE) | FU_A
    payload[1] = (header & NAL_TYPE) | (nth === 0 ? FU_START : 0) | (nth === count - 1 ? FU_END : 0)
    unit.copy(payload, 2, from, to)
    payloads.push(payload)
  }
}
