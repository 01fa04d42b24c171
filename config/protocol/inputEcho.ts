import { decodeInput, encodeInput, type Input, maxInputBytes, type ReliableInput } from './input.ts'

/**
 * The latest inputs of `keys` once more, on `motion`: a lost packet of the reliable channel comes again only after a round trip and
 * more (at least 400 ms by SCTP's timer in Chromium where nothing follows it), a copy on the other channel within milliseconds.
 * Little-endian: u8 version, u8 10, u32 afterId, then for each input u16 length and its message as on `keys`, oldest first.
 * There is no other input of `keys` between `afterId` and the last one, so that whoever has applied `afterId` can go on from there.
 */
export interface InputEcho {
  /** Id of the input of `keys` before the first one here; 0 where that was the channel's first. */
  readonly afterId: number
  readonly inputs: readonly ReliableInput[]
}

const version = 1
const typeCode = 10
const headerBytes = 6
const reliable: ReadonlySet<Input['type']> = new Set(['key', 'button', 'wheel', 'text', 'touch'])
const isReliable = (input: Input): input is ReliableInput => reliable.has(input.type)

/** Null where it would not fit into one message. */
export function encodeEcho({ afterId, inputs }: InputEcho): Uint8Array<ArrayBuffer> | null {
  const messages = inputs.map(encodeInput)
  const size = messages.reduce((sum, message) => sum + 2 + message.length, headerBytes)
  if (size > maxInputBytes) return null
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  view.setUint8(1, typeCode)
  view.setUint32(2, afterId, true)
  let at = headerBytes
  for (const message of messages) {
    view.setUint16(at, message.length, true)
    bytes.set(message, at + 2)
    at += 2 + message.length
  }
  return bytes
}

export const isEcho = (bytes: Uint8Array): boolean => bytes[0] === version && bytes[1] === typeCode

/** Any bytes → an echo, or null for anything that is not exactly one with at least one input, ids rising. */
export function decodeEcho(bytes: Uint8Array): InputEcho | null {
  if (!isEcho(bytes) || bytes.length <= headerBytes || bytes.length > maxInputBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const afterId = view.getUint32(2, true)
  const inputs: ReliableInput[] = []
  let lastId = afterId
  for (let at = headerBytes; at < bytes.length; ) {
    const from = at + 2
    if (from > bytes.length) return null
    at = from + view.getUint16(at, true)
    const input = at > bytes.length ? null : decodeInput(bytes.subarray(from, at))
    if (input === null || !isReliable(input) || input.id <= lastId) return null
    lastId = input.id
    inputs.push(input)
  }
  return { afterId, inputs }
}
