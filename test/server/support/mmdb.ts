/** What a database says of one IPv4 network. */
export interface MmdbEntry {
  /** Such as `8.8.8.0/24`. */
  readonly network: string
  readonly data: MmdbValue
}
export type MmdbValue = string | number | { readonly [key: string]: MmdbValue }

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values)

/** Control byte and value of a string, double or map (MaxMind DB file format 2.0). Short ones only. */
function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([bytes((2 << 5) | value.length), Buffer.from(value)])
  if (typeof value === 'number') {
    const double = Buffer.alloc(8)
    double.writeDoubleBE(value)
    return Buffer.concat([bytes((3 << 5) | 8), double])
  }
  const pairs = Object.entries(value)
  return Buffer.concat([
    bytes((7 << 5) | pairs.length),
    ...pairs.flatMap(([key, inner]) => [encode(key), encode(inner)]),
  ])
}
const uint16 = (value: number): Buffer => bytes((5 << 5) | 2, value >> 8, value & 255)
const uint32 = (value: number): Buffer => {
  const word = Buffer.alloc(4)
  word.writeUInt32BE(value)
  return Buffer.concat([bytes((6 << 5) | 4), word])
}
/** An extended type: 0 in the first byte, the type less 7 in the second. */
const uint64 = (value: number): Buffer => {
  const word = Buffer.alloc(8)
  word.writeBigUInt64BE(BigInt(value))
  return Buffer.concat([bytes(8, 2), word])
}

/** A small MaxMind DB of IPv4 networks, as a file's content. */
export function makeMmdb(entries: readonly MmdbEntry[], databaseType: string, buildEpochS: number): Buffer {
  const nodes: [left: number | null, right: number | null][] = [[null, null]]
  const data: Buffer[] = []
  const leaves = new Map<string, number>()
  let dataLength = 0
  for (const { network, data: value } of entries) {
    const [address = '', length = '32'] = network.split('/')
    const bits = address
      .split('.')
      .flatMap((octet) => [...Number(octet).toString(2).padStart(8, '0')].map(Number))
    let node = 0
    for (let depth = 0; depth < Number(length) - 1; depth++) {
      const side = bits[depth] === 1 ? 1 : 0
      const next = nodes[node]?.[side] ?? nodes.length
      if (next === nodes.length) nodes.push([null, null])
      const record = nodes[node]
      if (record !== undefined) record[side] = next
      node = next
    }
    leaves.set(`${node} ${bits[Number(length) - 1] === 1 ? 1 : 0}`, dataLength)
    const encoded = encode(value)
    data.push(encoded)
    dataLength += encoded.length
  }
  const tree = nodes.map((sides, node) => {
    const record = Buffer.alloc(6)
    for (const side of [0, 1] as const) {
      const leaf = leaves.get(`${node} ${side}`)
      record.writeUIntBE(
        leaf === undefined ? (sides[side] ?? nodes.length) : nodes.length + 16 + leaf,
        side * 3,
        3,
      )
    }
    return record
  })
  const metadata: readonly (readonly [string, Buffer])[] = [
    ['binary_format_major_version', uint16(2)],
    ['binary_format_minor_version', uint16(0)],
    ['build_epoch', uint64(buildEpochS)],
    ['database_type', encode(databaseType)],
    ['description', encode({ en: 'made for a test' })],
    ['ip_version', uint16(4)],
    ['languages', bytes(0, 4)],
    ['node_count', uint32(nodes.length)],
    ['record_size', uint16(24)],
  ]
  return Buffer.concat([
    ...tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    bytes((7 << 5) | metadata.length),
    ...metadata.flatMap(([key, value]) => [encode(key), value]),
  ])
}
