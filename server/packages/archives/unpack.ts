import { NearcadeError } from '../../../config/errors.ts'
import type { PackageTree } from '../../../config/protocol/package.ts'
import { type Collector, createCollector, type OnChunk } from './collector.ts'
import { type ArchiveSource, SourceFault } from './source.ts'
import { readTar } from './tar.ts'
import { readZip } from './zip.ts'

/**
 * Reads an archive from end to end and makes a tree of it. Nothing in it is trusted, and nothing in it is unpacked twice: an archive in an
 * archive is a file.
 * @param onChunk is given every chunk of every file
 * @param onProgress is told how many bytes came out so far
 * @throws NearcadeError package-refused, with the entry and what is wrong with it; what `onChunk` throws, or reading
 */
export async function unpack(
  source: ArchiveSource,
  maxBytes: number,
  onChunk: OnChunk,
  onProgress: (bytes: number) => void,
): Promise<PackageTree> {
  let own: { readonly cause: unknown } | null = null
  const collector: Collector = createCollector(
    { maxBytes, archiveBytes: source.size },
    async (sha256, bytes) => {
      onProgress(collector.bytes)
      try {
        await onChunk(sha256, bytes)
      } catch (cause) {
        own = { cause }
        throw cause
      }
    },
  )
  try {
    if (/\.zip$/i.test(source.name)) await readZip(source, collector, maxBytes)
    else await readTar(source, { isPacked: /gz$/i.test(source.name), maxBytes }, collector)
  } catch (cause) {
    if (own !== null) throw (own as { readonly cause: unknown }).cause
    if (cause instanceof NearcadeError || cause instanceof SourceFault) throw cause
    throw new NearcadeError('package-refused', [`the archive is damaged: ${messageOf(cause)}`], cause)
  }
  return collector.tree()
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
