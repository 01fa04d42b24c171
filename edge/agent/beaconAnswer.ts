import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import {
  addressBytes,
  attribute,
  bindingRequest,
  bindingSuccess,
  crc32,
  type Credentials,
  fingerprintMask,
  headerBytes,
  integrityBytes,
  magicCookie,
  maxRequestBytes,
} from '../ice/stun.ts'

/**
 * @returns the answer, good until the next call; null for everything that gets none: what is malformed, what does not prove our
 *   password, and what is shorter than its answer would be
 */
export type Answer = (message: Buffer, address: string, port: number) => Buffer | null

const integrityHead = attribute.integrity * 2 ** 16 + integrityBytes
const fingerprintHead = attribute.fingerprint * 2 ** 16 + 4
/** Both end a browser's check, in this order (RFC 8489, sections 14.5 and 14.7). */
const fingerprintFromEnd = 8
const integrityFromEnd = fingerprintFromEnd + 4 + integrityBytes

/**
 * A beacon's whole work for one packet. The cheap questions come first: what is not meant for us costs no HMAC. Nothing is kept
 * from one packet to the next, and answers are written into the same two buffers over and over.
 */
export function createAnswer({ ufrag, password }: Credentials): Answer {
  const key = createSecretKey(password, 'utf8')
  const name = Buffer.from(`${ufrag}:`)
  const ipv4 = emptyAnswer(4)
  const ipv6 = emptyAnswer(16)

  return (message, address, port) => {
    const size = message.length
    if (size < headerBytes + integrityFromEnd || size > maxRequestBytes || size % 4 !== 0) return null
    if (message.readUInt32BE(0) !== bindingRequest * 2 ** 16 + size - headerBytes) return null
    if (message.readUInt32BE(4) !== magicCookie) return null
    const fingerprintAt = size - fingerprintFromEnd
    const integrityAt = size - integrityFromEnd
    if (message.readUInt32BE(fingerprintAt) !== fingerprintHead) return null
    if (message.readUInt32BE(integrityAt) !== integrityHead) return null
    if (!names(message, integrityAt, name)) return null
    if (message.readUInt32BE(fingerprintAt + 4) !== (crc32(message, fingerprintAt) ^ fingerprintMask) >>> 0)
      return null
    const isIpv4 = !address.includes(':')
    const answer = isIpv4 ? ipv4 : ipv6
    if (answer.length > size) return null
    // RFC 8489 14.5: as if MESSAGE-INTEGRITY were the last attribute.
    message.writeUInt16BE(fingerprintAt - headerBytes, 2)
    const proof = hmac(key, message, integrityAt)
    if (!sameBytes(proof, message, integrityAt + 4)) return null
    return fill(answer, message, isIpv4 ? writeIpv4 : writeIpv6, address, port, key)
  }
}

/** Whether the attributes up to `end` are whole, and the first USERNAME is `ours:anything` (RFC 8445, section 7.2.2). */
function names(message: Buffer, end: number, name: Buffer): boolean {
  let found = false
  let at = headerBytes
  while (at < end) {
    const type = message.readUInt16BE(at)
    const size = message.readUInt16BE(at + 2)
    const next = at + 4 + size + ((4 - (size % 4)) % 4)
    if (next > end || type === attribute.integrity || type === attribute.fingerprint) return false
    if (type === attribute.username && !found) {
      if (size < name.length || message.compare(name, 0, name.length, at + 4, at + 4 + name.length) !== 0)
        return false
      found = true
    }
    at = next
  }
  return found
}

const hmac = (key: KeyObject, message: Buffer, end: number): Buffer =>
  createHmac('sha1', key).update(message.subarray(0, end)).digest()

/** In constant time, without a view of the message. */
function sameBytes(proof: Buffer, message: Buffer, at: number): boolean {
  let different = 0
  for (let i = 0; i < integrityBytes; i += 1) different |= (proof[i] ?? 0) ^ (message[at + i] ?? 0)
  return different === 0
}

/** XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY and FINGERPRINT with everything in place that is the same in every answer. */
function emptyAnswer(addressSize: 4 | 16): Buffer {
  const answer = Buffer.alloc(headerBytes + 8 + addressSize + integrityFromEnd)
  answer.writeUInt16BE(bindingSuccess, 0)
  answer.writeUInt32BE(magicCookie, 4)
  answer.writeUInt16BE(attribute.mappedAddress, 20)
  answer.writeUInt16BE(4 + addressSize, 22)
  answer.writeUInt8(addressSize === 4 ? 1 : 2, 25)
  answer.writeUInt32BE(integrityHead, answer.length - integrityFromEnd)
  answer.writeUInt32BE(fingerprintHead, answer.length - fingerprintFromEnd)
  return answer
}

function fill(
  answer: Buffer,
  message: Buffer,
  writeAddress: (answer: Buffer, address: string) => void,
  address: string,
  port: number,
  key: KeyObject,
): Buffer {
  const fingerprintAt = answer.length - fingerprintFromEnd
  const integrityAt = answer.length - integrityFromEnd
  message.copy(answer, 8, 8, headerBytes)
  answer.writeUInt16BE(port ^ (magicCookie >>> 16), 26)
  writeAddress(answer, address)
  answer.writeUInt16BE(fingerprintAt - headerBytes, 2)
  hmac(key, answer, integrityAt).copy(answer, integrityAt + 4)
  answer.writeUInt16BE(answer.length - headerBytes, 2)
  answer.writeUInt32BE((crc32(answer, fingerprintAt) ^ fingerprintMask) >>> 0, fingerprintAt + 4)
  return answer
}

/** RFC 8489 14.2: XORed with the magic cookie. */
function writeIpv4(answer: Buffer, address: string): void {
  let value = 0
  let byte = 0
  for (let i = 0; i < address.length; i += 1) {
    const code = address.charCodeAt(i)
    if (code === 0x2e) {
      value = value * 256 + byte
      byte = 0
    } else byte = byte * 10 + code - 0x30
  }
  answer.writeUInt32BE(((value * 256 + byte) ^ magicCookie) >>> 0, 28)
}

/** RFC 8489 14.2: XORed with the magic cookie and the transaction, which lie side by side in the header. */
function writeIpv6(answer: Buffer, address: string): void {
  const bytes = addressBytes(address)
  for (let i = 0; i < 16; i += 1) answer.writeUInt8((bytes[i] ?? 0) ^ (answer[4 + i] ?? 0), 28 + i)
}
