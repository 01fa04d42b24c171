/**
 * RTP Payload Format for AV1 (AOM, v1.0.0): OBUs without their own size fields, packed several to a packet, split where one is too
 * large. Temporal delimiters are left out, as section 5 asks: the marker bit says the same.
 */
const CONTINUES = 0x80
const CONTINUED = 0x40
const NEW_SEQUENCE = 0x08
const COUNT_SHIFT = 4
/** The header counts up to three elements; the last of them needs no length then. */
const MAX_ELEMENTS = 3

const OBU_EXTENSION = 0x04
const OBU_HAS_SIZE = 0x02
const TEMPORAL_DELIMITER = 2
const TILE_LIST = 8
const PADDING = 15
const DROPPED = new Set([TEMPORAL_DELIMITER, TILE_LIST, PADDING])

/** `keyframe`: this temporal unit begins a new coded video sequence. */
export function packetizeAv1(unit: Buffer, keyframe: boolean, maxPayloadBytes: number): Buffer[] {
  const obus = splitObus(unit)
  const total = obus.reduce((sum, obu) => sum + obu.length, 0)
  // Packets of even size: as many as it takes when each has its header and the longest lengths of its elements.
  const room = maxPayloadBytes - 1 - 2 * (MAX_ELEMENTS - 1)
  const share = Math.ceil(total / Math.ceil(total / room))
  const payloads: Buffer[] = []
  let elements: Buffer[] = []
  let bytes = 0
  let continues = false
  const flush = (continued: boolean) => {
    const newSequence = keyframe && payloads.length === 0
    payloads.push(packet(elements, { continues, continued, newSequence }))
    continues = continued
    elements = []
    bytes = 0
  }
  for (const obu of obus) {
    let rest = obu
    while (rest.length > 0) {
      if (bytes >= share || elements.length === MAX_ELEMENTS) flush(false)
      const piece = rest.subarray(0, share - bytes)
      elements.push(piece)
      bytes += piece.length
      rest = rest.subarray(piece.length)
      if (rest.length > 0) flush(true)
    }
  }
  if (elements.length > 0) flush(false)
  return payloads
}

interface Flags {
  readonly continues: boolean
  readonly continued: boolean
  readonly newSequence: boolean
}

function packet(elements: readonly Buffer[], { continues, continued, newSequence }: Flags): Buffer {
  const header =
    (continues ? CONTINUES : 0) |
    (continued ? CONTINUED : 0) |
    (elements.length << COUNT_SHIFT) |
    (newSequence ? NEW_SEQUENCE : 0)
  const last = elements.length - 1
  return Buffer.concat([
    Buffer.from([header]),
    ...elements.flatMap((element, nth) => (nth === last ? [element] : [leb128(element.length), element])),
  ])
}

/** The OBUs of a temporal unit, without size fields and without those that are not sent. Throws on one that ends early. */
export function splitObus(unit: Buffer): Buffer[] {
  const obus: Buffer[] = []
  let at = 0
  while (at < unit.length) {
    const header = unit[at] ?? 0
    const headerBytes = (header & OBU_EXTENSION) === 0 ? 1 : 2
    const size =
      (header & OBU_HAS_SIZE) === 0
        ? { value: unit.length - at - headerBytes, bytes: 0 }
        : readLeb128(unit, at + headerBytes)
    const from = at + headerBytes + size.bytes
    const to = from + size.value
    if (size.value < 0 || to > unit.length) throw new RangeError('an OBU ends after its temporal unit')
    if (!DROPPED.has((header >> 3) & 15)) {
      const obu = Buffer.allocUnsafe(headerBytes + size.value)
      unit.copy(obu, 0, at, at + headerBytes)
      obu[0] = header & ~OBU_HAS_SIZE
      unit.copy(obu, headerBytes, from, to)
      obus.push(obu)
    }
    at = to
  }
  return obus
}

function leb128(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return Buffer.from(bytes)
}

/** AV1 bitstream specification section 4.10.5: at most eight bytes; a size fits in 32 bits. */
function readLeb128(buffer: Buffer, at: number): { value: number; bytes: number } {
  let value = 0
  for (let nth = 0; nth < 8; nth++) {
    const byte = buffer[at + nth] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * nth)
    if ((byte & 0x80) === 0) return { value, bytes: nth + 1 }
  }
  throw new RangeError('a size of more than eight bytes')
}
