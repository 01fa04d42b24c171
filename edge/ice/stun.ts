import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The part of STUN (RFC 8489) and ICE (RFC 8445) that a beacon or an ICE-lite agent needs: reading a binding request that
 * proves it knows our password, and answering it. Pure: bytes in, bytes out.
 */
export const bindingRequest = 0x0001
export const bindingSuccess = 0x0101
export const magicCookie = 0x2112a442
export const headerBytes = 20
export const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  mappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
} as const
export const integrityBytes = 20
/** RFC 8489 14.7: the CRC-32 is XORed with this. */
export const fingerprintMask = 0x5354554e
/** A browser's check is about 100 bytes. */
export const maxRequestBytes = 548

export interface Credentials {
  readonly ufrag: string
  readonly password: string
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c >>> 0
})

export function crc32(bytes: Uint8Array, end = bytes.length): number {
  let crc = 0xffffffff
  for (let at = 0; at < end; at += 1) crc = (crc >>> 8) ^ (crcTable[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}

/** A copy of the first `end` bytes whose header says that the message ends `after` bytes later. */
function withLength(message: Buffer, end: number, after: number): Buffer {
  const copy = Buffer.from(message.subarray(0, end))
  copy.writeUInt16BE(end + after - headerBytes, 2)
  return copy
}

/** Of the message up to `end`, as if MESSAGE-INTEGRITY were its last attribute (RFC 8489 14.5). */
export const integrity = (message: Buffer, end: number, password: string): Buffer =>
  createHmac('sha1', password)
    .update(withLength(message, end, 4 + integrityBytes))
    .digest()

export const fingerprint = (message: Buffer, end: number): number =>
  (crc32(withLength(message, end, 8)) ^ fingerprintMask) >>> 0

export interface BindingRequest {
  readonly transactionId: Buffer
  /** `ours:theirs` */
  readonly username: string
  /** USE-CANDIDATE (RFC 8445 7.1.2): the browser sends by this path from now on. */
  readonly nominates: boolean
}

/** Whether it may be STUN at all, for demultiplexing by the first byte (RFC 7983). */
export const looksLikeStun = (message: Buffer): boolean =>
  message.length >= headerBytes && (message[0] ?? 0xff) < 4 && message.readUInt32BE(4) === magicCookie

/** Our half of a request's name, read before anything is proven: whose password to check it with. */
export function claimedUfrag(message: Buffer): string | null {
  let at = headerBytes
  while (at + 4 <= message.length) {
    const size = message.readUInt16BE(at + 2)
    if (message.readUInt16BE(at) === attribute.username) {
      return message.toString('utf8', at + 4, at + 4 + size).split(':')[0] ?? null
    }
    at += 4 + size + ((4 - (size % 4)) % 4)
  }
  return null
}

/**
 * Null for anything but a well-formed binding request whose USERNAME starts with our ufrag, whose MESSAGE-INTEGRITY is made
 * with our password and whose FINGERPRINT, the last attribute, is right.
 */
export function readBindingRequest(message: Buffer, { ufrag, password }: Credentials): BindingRequest | null {
  if (message.length < headerBytes || message.length > maxRequestBytes) return null
  if (message.readUInt16BE(0) !== bindingRequest || message.readUInt32BE(4) !== magicCookie) return null
  if (message.readUInt16BE(2) !== message.length - headerBytes || message.length % 4 !== 0) return null
  let username: string | null = null
  let proven = false
  let nominates = false
  let at = headerBytes
  while (at + 4 <= message.length) {
    const type = message.readUInt16BE(at)
    const size = message.readUInt16BE(at + 2)
    const value = message.subarray(at + 4, at + 4 + size)
    const next = at + 4 + size + ((4 - (size % 4)) % 4)
    if (value.length !== size || next > message.length) return null
    if (type === attribute.username && !proven) username = value.toString('utf8')
    else if (type === attribute.useCandidate && !proven) nominates = true
    else if (type === attribute.integrity) {
      if (proven || size !== integrityBytes) return null
      if (!timingSafeEqual(value, integrity(message, at, password))) return null
      proven = true
    } else if (type === attribute.fingerprint) {
      const right =
        size === 4 && next === message.length && value.readUInt32BE(0) === fingerprint(message, at)
      return right && proven && username?.split(':')[0] === ufrag
        ? { transactionId: Buffer.from(message.subarray(8, 20)), username, nominates }
        : null
    }
    at = next
  }
  return null
}

/** XOR-MAPPED-ADDRESS (RFC 8489 14.2), MESSAGE-INTEGRITY and FINGERPRINT: 64 bytes for IPv4, 76 for IPv6. */
export function bindingResponse(
  request: Pick<BindingRequest, 'transactionId'>,
  from: { readonly address: string; readonly port: number },
  password: string,
): Buffer {
  const ip = addressBytes(from.address)
  const mask = Buffer.alloc(16)
  mask.writeUInt32BE(magicCookie, 0)
  request.transactionId.copy(mask, 4)
  const integrityAt = headerBytes + 4 + 4 + ip.length
  const fingerprintAt = integrityAt + 4 + integrityBytes
  const message = Buffer.alloc(fingerprintAt + 8)
  message.writeUInt16BE(bindingSuccess, 0)
  message.writeUInt16BE(message.length - headerBytes, 2)
  message.writeUInt32BE(magicCookie, 4)
  request.transactionId.copy(message, 8)
  message.writeUInt16BE(attribute.mappedAddress, 20)
  message.writeUInt16BE(4 + ip.length, 22)
  message.writeUInt8(ip.length === 4 ? 1 : 2, 25)
  message.writeUInt16BE(from.port ^ (magicCookie >>> 16), 26)
  ip.forEach((byte, i) => message.writeUInt8(byte ^ (mask[i] ?? 0), 28 + i))
  message.writeUInt16BE(attribute.integrity, integrityAt)
  message.writeUInt16BE(integrityBytes, integrityAt + 2)
  integrity(message, integrityAt, password).copy(message, integrityAt + 4)
  message.writeUInt16BE(attribute.fingerprint, fingerprintAt)
  message.writeUInt16BE(4, fingerprintAt + 2)
  message.writeUInt32BE(fingerprint(message, fingerprintAt), fingerprintAt + 4)
  return message
}

/** Textual IPv4, IPv6 or IPv4-mapped IPv6, as node:dgram names a sender, to network order. */
export function addressBytes(address: string): Buffer {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const text = (mapped ?? address).split('%')[0] ?? ''
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16))
  const before = words(head)
  const after = tail === undefined ? [] : words(tail)
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
  const bytes = Buffer.alloc(16)
  all.forEach((word, i) => bytes.writeUInt16BE(word, 2 * i))
  return bytes
}
