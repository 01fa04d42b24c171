/** Pure: X authority files (Xauth(7), libXau's AuFileName.c): every field is a big-endian length and its bytes. */
const wildcardFamily = 0xffff
const protocolName = 'MIT-MAGIC-COOKIE-1'

export { protocolName as cookieProtocol }

const field = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** One entry that fits any address and, with its empty number, any display. */
export function authorityEntry(cookie: Uint8Array): Buffer {
  const family = Buffer.alloc(2)
  family.writeUInt16BE(wildcardFamily)
  const nothing = new Uint8Array()
  return Buffer.concat([
    family,
    field(nothing),
    field(nothing),
    field(Buffer.from(protocolName)),
    field(cookie),
  ])
}
