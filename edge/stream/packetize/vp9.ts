/**
 * RFC 9628 in flexible mode, one layer: each picture names the one before it as its reference. The encoder may also refer to older
 * pictures, but a receiver that has the chain has those too. Key pictures carry the scalability structure with their size.
 */
const PICTURE_ID = 0x80
const INTER_PREDICTED = 0x40
const FLEXIBLE = 0x10
const BEGINS = 0x08
const ENDS = 0x04
const STRUCTURE = 0x02
const LONG_PICTURE_ID = 0x80
/** P_DIFF of 1, and no further reference. */
const PREVIOUS_PICTURE = 1 << 1
/** One spatial layer, its size given, no picture group. */
const ONE_LAYER_WITH_SIZE = 0x10
const SYNC_CODE = 0x498342

/** `pictureId`: 15 bits, one more with each frame. */
export function packetizeVp9(frame: Buffer, pictureId: number, maxPayloadBytes: number): Buffer[] {
  const size = keyPictureSize(frame)
  const common = size === null ? [PREVIOUS_PICTURE] : []
  const first =
    size === null ? [] : [ONE_LAYER_WITH_SIZE, ...bigEndian(size.widthPx), ...bigEndian(size.heightPx)]
  const idBytes = [LONG_PICTURE_ID | ((pictureId >> 8) & 0x7f), pictureId & 0xff]
  const perPacket = maxPayloadBytes - 1 - idBytes.length - common.length
  const total = first.length + frame.length
  const count = Math.ceil(total / perPacket)
  const payloads: Buffer[] = []
  for (let nth = 0; nth < count; nth++) {
    const structure = nth === 0 ? first : []
    const from = nth === 0 ? 0 : Math.floor((total * nth) / count) - first.length
    const to = Math.floor((total * (nth + 1)) / count) - first.length
    const flags =
      PICTURE_ID |
      FLEXIBLE |
      (size === null ? INTER_PREDICTED : 0) |
      (nth === 0 ? BEGINS : 0) |
      (nth === count - 1 ? ENDS : 0) |
      (structure.length > 0 ? STRUCTURE : 0)
    payloads.push(
      Buffer.concat([Buffer.from([flags, ...idBytes, ...common, ...structure]), frame.subarray(from, to)]),
    )
  }
  return payloads
}

/** The size in the uncompressed header of a key picture of profile 0 (VP9 bitstream specification section 6.2); null of any other. */
function keyPictureSize(frame: Buffer): { widthPx: number; heightPx: number } | null {
  const [marker = 0] = frame
  // frame_marker 2, profile 0, show_existing_frame 0, frame_type 0 (key).
  if ((marker & 0xfc) !== 0x80 || frame.length < 9 || frame.readUIntBE(1, 3) !== SYNC_CODE) return null
  // color_space and color_range take four bits; both sides follow, less one each.
  return {
    widthPx: ((frame.readUIntBE(4, 3) >> 4) & 0xffff) + 1,
    heightPx: ((frame.readUIntBE(6, 3) >> 4) & 0xffff) + 1,
  }
}

const bigEndian = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff]
