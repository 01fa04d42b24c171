/**
 * RFC 7741: a payload descriptor, then a slice of the frame. Picture ids (15 bits, X and I set) let the receiver tell a
 * lost frame from a skipped one.
 */
const EXTENDED = 0x80
const START_OF_PARTITION = 0x10
const PICTURE_ID_PRESENT = 0x80
const LONG_PICTURE_ID = 0x80
const DESCRIPTOR_BYTES = 4

/** `pictureId`: 15 bits, one more with each frame. */
export function packetizeVp8(frame: Buffer, pictureId: number, maxPayloadBytes: number): Buffer[] {
  const count = Math.ceil(frame.length / (maxPayloadBytes - DESCRIPTOR_BYTES))
  const payloads: Buffer[] = []
  for (let nth = 0; nth < count; nth++) {
    const from = Math.floor((frame.length * nth) / count)
    const to = Math.floor((frame.length * (nth + 1)) / count)
    const payload = Buffer.allocUnsafe(DESCRIPTOR_BYTES + to - from)
    payload[0] = EXTENDED | (nth === 0 ? START_OF_PARTITION : 0)
    payload[1] = PICTURE_ID_PRESENT
    payload[2] = LONG_PICTURE_ID | ((pictureId >> 8) & 0x7f)
    payload[3] = pictureId & 0xff
    frame.copy(payload, DESCRIPTOR_BYTES, from, to)
    payloads.push(payload)
  }
  return payloads
}
