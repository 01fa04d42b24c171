import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Extract } from 'tar-stream'
import { type Collector, demandModest, refused } from './collector.ts'
import { type ArchiveSource, bytesOf } from './source.ts'

/** Two blocks of zeros, without which it was cut off. */
const endBytes = 1024
const executableBits = 0o111

/** @throws NearcadeError package-refused; whatever the libraries say of a damaged archive; SourceFault */
export async function readTar(
  source: ArchiveSource,
  { isPacked, maxBytes }: { readonly isPacked: boolean; readonly maxBytes: number },
  collector: Collector,
): Promise<void> {
  const entries = extract()
  const stop = new AbortController()
  let failure: Error | null = null
  const feed = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    try {
      await write(unpacked)
    } catch (cause) {
      // Of all that breaks when this does, it alone is the reason.
      failure ??= asError(cause)
      throw failure
    }
  }
  const write = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    let last = Buffer.alloc(0)
    let bytes = 0
    for await (const part of unpacked) {
      bytes += part.length
      demandModest('the archive', bytes, source.size)
      // Headers and padding count too: nothing but those can be a bomb as well.
      if (bytes > 2 * maxBytes + source.size) throw refused(`unpacks to more than ${maxBytes} bytes`)
      last = Buffer.concat([last.subarray(-endBytes), part]).subarray(-endBytes)
      if (!entries.write(part)) await once(entries, 'drain', { signal: stop.signal })
    }
    if (last.length < endBytes || last.some((byte) => byte !== 0))
      throw refused('the archive is cut off: its end is missing')
    entries.end(null)
  }
  const from = Readable.from(bytesOf(source), { objectMode: false })
  const feeding = (
    isPacked
      ? pipeline(from, createGunzip(), feed, { signal: stop.signal })
      : pipeline(from, feed, { signal: stop.signal })
  ).catch((cause: unknown) => {
    failure ??= asError(cause)
    entries.destroy(failure)
  })
  try {
    await takeEntries(entries, collector)
  } catch (cause) {
    failure ??= asError(cause)
    stop.abort()
    entries.destroy(null)
  }
  await feeding
  if (failure !== null) throw failure
}

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))

async function takeEntries(entries: Extract, collector: Collector): Promise<void> {
  for await (const entry of entries) {
    const { name, type, linkname, mode, size, pax } = entry.header
    const odd = [name, linkname ?? ''].find((text) => text.includes('\uFFFD'))
    if (odd !== undefined) throw refused(`${odd} is not UTF-8`)
    if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse')))
      throw refused(`${name} is a sparse file: pack it without holes`)
    const isNoFile = type === 'directory' || type === 'symlink' || type === 'link'
    if (isNoFile && size > 0) throw refused(`${name} is no file and has content`)
    switch (type) {
      case 'file':
      case 'contiguous-file':
        // Set-uid and its like are left out: nothing in a package ever runs as somebody else.
        await collector.file(name, (mode & executableBits) !== 0, entry as AsyncIterable<Buffer>)
        break
      case 'directory':
        collector.folder(name)
        break
      case 'symlink':
        collector.link(name, linkname ?? '')
        break
      case 'link':
        collector.sameAs(name, linkname ?? '')
        break
      case 'character-device':
      case 'block-device':
        throw refused(`${name} is a device file`)
      case 'fifo':
        throw refused(`${name} is a pipe`)
      default:
        throw refused(`${name} is of a kind that packages do not have`)
    }
    entry.resume()
  }
}
