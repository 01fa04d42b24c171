import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReader, type ZipFile } from 'yauzl'
import { maxPackageEntries } from '../../../config/protocol/package.ts'
import { type Collector, demandModest, refused } from './collector.ts'
import { ArchiveReader, type ArchiveSource } from './source.ts'

/** Bits of `generalPurposeBitFlag` (APPNOTE 4.4.4). */
const isEncryptedBit = 0x1
const isStreamedBit = 0x8
const isMaskedBit = 0x2000
/** Sizes that stand in a zip64 extra field instead (4.5.3). */
const elsewhere = 0xffffffff
const [stored, deflated] = [0, 8]
const maxTargetBytes = 1024

/** Kinds of `st_mode`, which zips of Unix have in the upper half of the external attributes. */
const [kindBits, plainFile, folder, link] = [0o170000, 0o100000, 0o040000, 0o120000]
const executableBits = 0o111

/** @throws NearcadeError package-refused; whatever the library says of a damaged archive; SourceFault */
export async function readZip(source: ArchiveSource, collector: Collector, maxBytes: number): Promise<void> {
  await withZip(source, (zip) => demandSound(zip, source.size, maxBytes))
  await withZip(source, async (zip) => {
    for await (const entry of zip.eachEntry()) await takeEntry(zip, entry, collector)
  })
}

async function withZip(source: ArchiveSource, work: (zip: ZipFile) => Promise<void>): Promise<void> {
  const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true }
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    fromRandomAccessReader(new ArchiveReader(source), source.size, options, (cause, opened) => {
      if (cause === null) resolve(opened)
      else reject(cause)
    })
  })
  try {
    await work(zip)
  } finally {
    zip.close()
  }
}

/** Before a byte is unpacked: each entry is what its own header says too, and none shares bytes with another one. */
async function demandSound(zip: ZipFile, archiveBytes: number, maxBytes: number): Promise<void> {
  if (zip.entryCount > maxPackageEntries) throw refused(`more than ${maxPackageEntries} entries`)
  const ranges: { readonly from: number; readonly to: number; readonly name: string }[] = []
  let unpackedBytes = 0
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry)
    if ((entry.generalPurposeBitFlag & (isEncryptedBit | isMaskedBit)) !== 0)
      throw refused(`${name} is encrypted`)
    if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated)
      throw refused(`${name} is packed in another way than deflate (method ${entry.compressionMethod})`)
    const local = await zip.readLocalFileHeaderPromise(entry)
    const differs =
      !local.fileName.equals(entry.fileNameRaw) ||
      local.compressionMethod !== entry.compressionMethod ||
      (local.generalPurposeBitFlag & isEncryptedBit) !== 0 ||
      ((local.generalPurposeBitFlag & isStreamedBit) === 0 &&
        (isOther(local.compressedSize, entry.compressedSize) ||
          isOther(local.uncompressedSize, entry.uncompressedSize) ||
          local.crc32 !== entry.crc32))
    if (differs)
      throw refused(`${name} is called something else in its own header than in the table of contents`)
    unpackedBytes += entry.uncompressedSize
    if (unpackedBytes > maxBytes) throw refused(`unpacks to more than ${maxBytes} bytes`)
    demandModest(name, entry.uncompressedSize, entry.compressedSize)
    ranges.push({
      from: entry.relativeOffsetOfLocalHeader,
      to: local.fileDataStart + entry.compressedSize,
      name,
    })
  }
  demandModest('the archive', unpackedBytes, archiveBytes)
  ranges.sort((one, other) => one.from - other.from)
  for (const [index, { from, name }] of ranges.entries())
    if (from < (ranges[index - 1]?.to ?? 0))
      throw refused(`${name} shares bytes with ${ranges[index - 1]?.name}`)
}

const isOther = (local: number, central: number): boolean => local !== elsewhere && local !== central

async function takeEntry(zip: ZipFile, entry: Entry, collector: Collector): Promise<void> {
  const name = nameOf(entry)
  const mode = entry.externalFileAttributes >>> 16
  const kind = mode & kindBits
  if (name.endsWith('/') || kind === folder) {
    if (entry.uncompressedSize > 0) throw refused(`${name} is a folder and has content`)
    return collector.folder(name)
  }
  const bytes = checked(await zip.openReadStreamPromise(entry), name, entry.crc32)
  if (kind === link) return collector.link(name, await targetIn(bytes, name))
  if (kind !== 0 && kind !== plainFile) throw refused(`${name} is a device, a pipe or a socket`)
  // Zips of other systems say nothing of who may run it.
  await collector.file(name, kind === 0 ? null : (mode & executableBits) !== 0, bytes)
}

function nameOf({ fileNameRaw }: Entry): string {
  if (!isUtf8(fileNameRaw)) throw refused(`${fileNameRaw.toString('latin1')} is not UTF-8`)
  return fileNameRaw.toString()
}

async function* checked(bytes: Readable, name: string, expected: number): AsyncGenerator<Buffer> {
  let sum = 0
  for await (const part of bytes as AsyncIterable<Buffer>) {
    sum = crc32(part, sum)
    yield part
  }
  if (sum !== expected) throw refused(`${name} is damaged: its checksum is another one`)
}

async function targetIn(bytes: AsyncIterable<Buffer>, name: string): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of bytes) {
    size += part.length
    if (size > maxTargetBytes) throw refused(`${name} links to a path that is too long`)
    parts.push(part)
  }
  const target = Buffer.concat(parts)
  if (!isUtf8(target)) throw refused(`${name} links to a path that is not UTF-8`)
  return target.toString()
}
