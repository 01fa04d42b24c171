import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

export interface ArchiveEntry {
  readonly path: string
  /** As it is known beforehand. */
  readonly size?: number
  readonly mtimeMs?: number
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** A ZIP as it is being written. */
export type Archive = Readable

/** Reads one entry after the other, while the archive is read; what cannot be read breaks it off. */
export function archiveOf(entries: readonly ArchiveEntry[], onFault: (cause: Error) => void): Archive {
  const zip = new ZipFile()
  const out = zip.outputStream as Readable
  zip.on('error', (cause: Error) => {
    onFault(cause)
    out.destroy(cause)
  })
  for (const { path, size, mtimeMs, bytes } of entries)
    zip.addReadStreamLazy(
      // Where programs take it for the end of a folder's name, it is part of no file's.
      path.replaceAll('\\', '_'),
      {
        compress: false,
        ...(size === undefined ? {} : { size }),
        ...(mtimeMs === undefined ? {} : { mtime: new Date(mtimeMs) }),
      },
      (give) => give(null, Readable.from(bytes())),
    )
  zip.end()
  return out
}
