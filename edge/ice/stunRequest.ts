import { timingSafeEqual } from 'node:crypto'
import {
  attribute,
  bindingRequest,
  bindingSuccess,
  type Credentials,
  fingerprint,
  headerBytes,
  integrity,
  integrityBytes,
  magicCookie,
  maxRequestBytes,
} from './stun.ts'

/** The asking side of STUN (RFC 8489): a binding request to somebody whose password is known, and whether it was them who answered. */

/** RFC 8445 5.1.2.1 with the type preference of host candidates; the asked side does not weigh it. */
const priority = 126 * 2 ** 24 + 65_535 * 2 ** 8 + 255

/**
 * @param from our half of the user name, which the other side does not check
 * @param transactionId 12 unpredictable bytes
 * @returns 84 bytes for a beacon's ufrag and a name of 4: no answer is longer
 */
export function bindingRequestTo(to: Credentials, from: string, transactionId: Buffer): Buffer {
  const username = Buffer.from(`${to.ufrag}:${from}`)
  const priorityAt = headerBytes + 4 + 4 * Math.ceil(username.length / 4)
  const integrityAt = priorityAt + 8
  const fingerprintAt = integrityAt + 4 + integrityBytes
  const message = Buffer.alloc(fingerprintAt + 8)
  message.writeUInt16BE(bindingRequest, 0)
  message.writeUInt16BE(message.length - headerBytes, 2)
  message.writeUInt32BE(magicCookie, 4)
  transactionId.copy(message, 8)
  message.writeUInt16BE(attribute.username, headerBytes)
  message.writeUInt16BE(username.length, headerBytes + 2)
  username.copy(message, headerBytes + 4)
  message.writeUInt16BE(attribute.priority, priorityAt)
  message.writeUInt16BE(4, priorityAt + 2)
  message.writeUInt32BE(priority, priorityAt + 4)
  message.writeUInt16BE(attribute.integrity, integrityAt)
  message.writeUInt16BE(integrityBytes, integrityAt + 2)
  integrity(message, integrityAt, to.password).copy(message, integrityAt + 4)
  message.writeUInt16BE(attribute.fingerprint, fingerprintAt)
  message.writeUInt16BE(4, fingerprintAt + 2)
  message.writeUInt32BE(fingerprint(message, fingerprintAt), fingerprintAt + 4)
  return message
}

/** The transaction that a message claims to answer, as 24 hex digits, before anything is proven; null where it is no answer at all. */
export function answeredTransaction(message: Buffer): string | null {
  const { length } = message
  if (length < headerBytes + 4 + integrityBytes + 8 || length > maxRequestBytes || length % 4 !== 0)
    return null
  if (message.readUInt16BE(0) !== bindingSuccess || message.readUInt16BE(2) !== length - headerBytes)
    return null
  return message.readUInt32BE(4) === magicCookie ? message.toString('hex', 8, headerBytes) : null
}

/** Whether an answer was made with this password; MESSAGE-INTEGRITY and FINGERPRINT are its last attributes, as ours are. */
export function provesPassword(message: Buffer, password: string): boolean {
  const fingerprintAt = message.length - 8
  const integrityAt = fingerprintAt - 4 - integrityBytes
  return (
    integrityAt >= headerBytes &&
    message.readUInt32BE(fingerprintAt) === attribute.fingerprint * 2 ** 16 + 4 &&
    message.readUInt32BE(integrityAt) === attribute.integrity * 2 ** 16 + integrityBytes &&
    message.readUInt32BE(fingerprintAt + 4) === fingerprint(message, fingerprintAt) &&
    timingSafeEqual(
      message.subarray(integrityAt + 4, fingerprintAt),
      integrity(message, integrityAt, password),
    )
  )
}
