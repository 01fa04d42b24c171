import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, deflateRawSync } from 'node:zlib'
import { pack, type Header } from 'tar-stream'
import { ZipFile } from 'yazl'

/** Archives as programs make them, and byte by byte as no program would. */

export const manifest = { name: 'nearcade.title.json', data: '{}' } as const

async function read(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = []
  await pipeline(
    stream,
    new Writable({
      write(part: Buffer, _encoding, done) {
        parts.push(part)
        done()
      },
    }),
  )
  return Buffer.concat(parts)
}

export type TarEntry = Partial<Header> & { readonly name: string; readonly data?: string | Buffer }

/** By tar-stream, with the manifest in front. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { data = '', ...header } of [manifest, ...entries]) tar.entry(header, Buffer.from(data))
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

export interface RawHeader {
  readonly name: string | Buffer
  readonly type?: string
  readonly mode?: string
  /** As it stands there, in octal. */
  readonly size?: string
  readonly link?: string | Buffer
  readonly data?: Buffer
}

/** A block of 512 bytes and its content. */
export function tarBlock({ name, type = '0', mode = '0000644', size, link = '', data }: RawHeader): Buffer {
  const head = Buffer.alloc(512)
  Buffer.from(name).copy(head, 0, 0, 100)
  head.write(`${mode}\0`, 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${size ?? (data?.length ?? 0).toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.fill(' ', 148, 156)
  head.write(type, 156)
  Buffer.from(link).copy(head, 157, 0, 100)
  head.write('ustar\u000000', 257)
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  const padding = Buffer.alloc((512 - ((data?.length ?? 0) % 512)) % 512)
  return Buffer.concat([head, data ?? Buffer.alloc(0), padding])
}

export const tarEnd = Buffer.alloc(1024)

/** By hand, with the manifest in front and the end behind. */
export const rawTar = (...headers: readonly RawHeader[]): Buffer =>
  Buffer.concat([
    tarBlock({ name: manifest.name, data: Buffer.from(manifest.data) }),
    ...headers.map(tarBlock),
    tarEnd,
  ])

/** One record of a pax header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (`${length}`.length + Buffer.byteLength(rest) !== length)
    length = `${length}`.length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

/** By yazl. */
export async function zipOf(
  files: Readonly<Record<string, { readonly data: Buffer | string; readonly mode?: number }>>,
  options: { readonly forceZip64Format?: boolean } = {},
): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(manifest.data), manifest.name)
  for (const [name, { data, mode = 0o100644 }] of Object.entries(files))
    zip.addBuffer(Buffer.from(data), name, { mode, forceZip64Format: options.forceZip64Format ?? false })
  zip.end({ forceZip64Format: options.forceZip64Format ?? false, comment: '' })
  return read(zip.outputStream)
}

export interface RawEntry {
  readonly name: string | Buffer
  readonly data?: Buffer
  readonly localName?: string
  readonly method?: number
  readonly flags?: number
  /** `st_mode`; 0: the archive is not of Unix. */
  readonly mode?: number
  readonly crc?: number
  /** As both headers have it. */
  readonly unpackedBytes?: number
  /** As the header before the bytes has it alone. */
  readonly localUnpackedBytes?: number
  /** Where its header is, if not where it is. */
  readonly at?: number
  /** Only in the table of contents: its bytes are somebody else's. */
  readonly isShared?: boolean
}

/** By hand, with the manifest in front. @param count of entries, as the end of the table says it */
export function rawZip(entries: readonly RawEntry[], count?: number): Buffer {
  const parts: Buffer[] = []
  const table: Buffer[] = []
  let offset = 0
  const add = (bytes: Buffer): void => {
    parts.push(bytes)
    offset += bytes.length
  }
  let lastAt = 0
  for (const entry of [{ name: manifest.name, data: Buffer.from(manifest.data) }, ...entries] as RawEntry[]) {
    const name = Buffer.from(entry.name)
    const local = Buffer.from(entry.localName ?? entry.name)
    const data = entry.data ?? Buffer.alloc(0)
    const method = entry.method ?? 8
    const packed = method === 8 ? deflateRawSync(data) : data
    const [crc, bytes] = [entry.crc ?? crc32(data), entry.unpackedBytes ?? data.length]
    const at = entry.at ?? (entry.isShared === true ? lastAt : offset)
    lastAt = at
    if (entry.isShared !== true) {
      const head = Buffer.alloc(30)
      head.writeUInt32LE(0x04034b50, 0)
      head.writeUInt16LE(20, 4)
      head.writeUInt16LE(entry.flags ?? 0, 6)
      head.writeUInt16LE(method, 8)
      head.writeUInt32LE(crc, 14)
      head.writeUInt32LE(packed.length, 18)
      head.writeUInt32LE(entry.localUnpackedBytes ?? bytes, 22)
      head.writeUInt16LE(local.length, 26)
      add(Buffer.concat([head, local, packed]))
    }
    const row = Buffer.alloc(46)
    row.writeUInt32LE(0x02014b50, 0)
    row.writeUInt16LE((3 << 8) | 20, 4)
    row.writeUInt16LE(20, 6)
    row.writeUInt16LE(entry.flags ?? 0, 8)
    row.writeUInt16LE(method, 10)
    row.writeUInt32LE(crc, 16)
    row.writeUInt32LE(packed.length, 20)
    row.writeUInt32LE(bytes, 24)
    row.writeUInt16LE(name.length, 28)
    row.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38)
    row.writeUInt32LE(at, 42)
    table.push(row, name)
  }
  const [start, rows] = [offset, Buffer.concat(table)]
  add(rows)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count ?? entries.length + 1, 8)
  end.writeUInt16LE(count ?? entries.length + 1, 10)
  end.writeUInt32LE(rows.length, 12)
  end.writeUInt32LE(start, 16)
  add(end)
  return Buffer.concat(parts)
}
