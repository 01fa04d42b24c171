/**
 * Repair packets as draft-ietf-payload-flexible-fec-scheme-03 has them, with a flexible mask (R = 0, F = 0). It is what Chromium
 * decodes, for all codecs and with nothing to switch on; the published RFC 8627 has another header.
 */
import type { ProtectedPacket } from './protector.ts'

const RTP_FIXED_BYTES = 12
const FIXED_BYTES = 18
/** How many packets a mask of so many bytes speaks of; each of its up to three fields begins with a bit that says whether it is the last. */
const MASKS = [
  { packets: 15, bytes: 2, lastFieldAt: 0 },
  { packets: 46, bytes: 6, lastFieldAt: 2 },
  { packets: 109, bytes: 14, lastFieldAt: 6 },
] as const
export const MAX_SPAN = 109

/** The payload of one repair packet. `packets`: in order, and of at most 109 numbers from the first to the last. */
export function encodeRepair(ssrc: number, packets: readonly ProtectedPacket[]): Buffer {
  const base = packets[0]?.sequenceNumber ?? 0
  const offsets = packets.map(({ sequenceNumber }) => (sequenceNumber - base) & 0xffff)
  const span = (offsets.at(-1) ?? 0) + 1
  const mask = MASKS.find((candidate) => candidate.packets >= span)
  if (mask === undefined) throw new RangeError(`one repair packet cannot span ${span} packets`)
  const bodyAt = FIXED_BYTES + mask.bytes
  const repair = Buffer.alloc(bodyAt + Math.max(0, ...packets.map(protectedBytes)))

  let lengths = 0
  for (const packet of packets) {
    const { header, payload } = packet
    lengths ^= protectedBytes(packet)
    xor(repair, 0, header, 0, 2)
    xor(repair, 4, header, 4, 8)
    xor(repair, bodyAt, header, RTP_FIXED_BYTES, header.length)
    xor(repair, bodyAt + header.length - RTP_FIXED_BYTES, payload, 0, payload.length)
  }
  // R and F stand where the version was.
  repair.writeUInt8(repair.readUInt8(0) & 0x3f, 0)
  repair.writeUInt16BE(lengths, 2)
  repair.writeUInt8(1, 8)
  repair.writeUInt32BE(ssrc, 12)
  repair.writeUInt16BE(base, 16)
  setBit(repair, FIXED_BYTES + mask.lastFieldAt, 0)
  for (const offset of offsets) {
    if (offset < 15) setBit(repair, FIXED_BYTES, 1 + offset)
    else if (offset < 46) setBit(repair, FIXED_BYTES + 2, 1 + offset - 15)
    else setBit(repair, FIXED_BYTES + 6, 1 + offset - 46)
  }
  return repair
}

/** Everything after the fixed part of the RTP header. */
const protectedBytes = ({ header, payload }: ProtectedPacket): number =>
  header.length + payload.length - RTP_FIXED_BYTES

function xor(target: Buffer, at: number, source: Buffer, from: number, to: number): void {
  for (let index = from, place = at; index < to; index++, place++) {
    target[place] = (target[place] ?? 0) ^ (source[index] ?? 0)
  }
}

function setBit(target: Buffer, from: number, bit: number): void {
  const at = from + (bit >> 3)
  target[at] = (target[at] ?? 0) | (0x80 >> (bit & 7))
}
