import { createHash } from 'node:crypto'
import { NearcadeError } from '../../../config/errors.ts'
import {
  maxPackageEntries,
  packageChunkBytes,
  type PackageFile,
  type PackageLink,
  packagePathFault,
  type PackageTree,
  treeFault,
} from '../../../config/protocol/package.ts'

/** What one archive may hold. */
export interface ArchiveLimits {
  /** Of all files together. */
  readonly maxBytes: number
  /** Of the archive itself. */
  readonly archiveBytes: number
}

/** The bytes are its own from then on. */
export type OnChunk = (sha256: string, bytes: Buffer<ArrayBuffer>) => Promise<void>

/** Takes an archive's entries one by one and makes a tree of them. The first fault refuses the archive. */
export interface Collector {
  folder(path: string): void
  /**
   * @param executable null: the archive does not say, so its first bytes decide
   * @throws NearcadeError package-refused, and whatever reading the bytes throws
   */
  file(path: string, executable: boolean | null, bytes: AsyncIterable<Uint8Array>): Promise<void>
  link(path: string, target: string): void
  /** The same file under another name. */
  sameAs(path: string, other: string): void
  /** @throws NearcadeError package-refused */
  tree(): PackageTree
  /** Of all files so far. */
  readonly bytes: number
}

/** Deflate makes at most 1 032 bytes of one; what games hold rarely shrinks tenfold. */
const maxRatio = 200
/** Below this much nobody is harmed, whatever the ratio. */
const harmlessBytes = 64 * 1024 * 1024

export const refused = (...details: string[]): NearcadeError => new NearcadeError('package-refused', details)

/** @throws NearcadeError package-refused for what unpacks to far more than any game would */
export function demandModest(what: string, unpackedBytes: number, packedBytes: number): void {
  if (unpackedBytes > harmlessBytes && unpackedBytes > packedBytes * maxRatio)
    throw refused(`${what} unpacks to more than ${maxRatio} times its size`)
}

/** @param onChunk is given each chunk as its bytes have come, waited for before the next one is read */
export function createCollector({ maxBytes, archiveBytes }: ArchiveLimits, onChunk: OnChunk): Collector {
  const files = new Map<string, PackageFile>()
  const links = new Map<string, PackageLink>()
  const folders = new Set<string>()
  let entries = 0
  let bytesSoFar = 0
  /** Of one file at a time. */
  let block = Buffer.alloc(packageChunkBytes)

  /** The path as a tree has it; '' for the root itself. */
  function enter(path: string): string {
    entries += 1
    if (entries > maxPackageEntries) throw refused(`more than ${maxPackageEntries} entries`)
    const plain = path.replace(/^(?:\.\/+)+/, '').replace(/^\.$/, '')
    const name = plain.replace(/\/+$/, '')
    if (name === '' && /^\.?\/*$/.test(path) && path.startsWith('.')) return ''
    const fault = packagePathFault(name)
    if (fault !== null) throw refused(`${shown(path)} ${fault}`)
    return name
  }
  function demandNew(path: string): void {
    if (files.has(path) || links.has(path)) throw refused(`${shown(path)} is there twice`)
    if (folders.has(path)) throw refused(`${shown(path)} is a file and a folder`)
  }
  function grow(bytes: number): void {
    bytesSoFar += bytes
    if (bytesSoFar > maxBytes) throw refused(`unpacks to more than ${maxBytes} bytes`)
    demandModest('the archive', bytesSoFar, archiveBytes)
  }

  return {
    get bytes() {
      return bytesSoFar
    },
    folder(path) {
      const name = enter(path)
      if (name === '') return
      if (files.has(name) || links.has(name)) throw refused(`${shown(name)} is a file and a folder`)
      folders.add(name)
    },
    async file(path, executable, bytes) {
      const name = enter(path)
      if (name === '') throw refused(`${shown(path)} has no name`)
      demandNew(name)
      const chunks: string[] = []
      let size = 0
      let fill = 0
      let startsAsProgram = false
      const emit = async (): Promise<void> => {
        const isWhole = fill === packageChunkBytes
        const chunk = isWhole ? block : Buffer.from(block.subarray(0, fill))
        if (isWhole) block = Buffer.alloc(packageChunkBytes)
        fill = 0
        if (chunks.length === 0) startsAsProgram = isProgram(chunk)
        const sha256 = createHash('sha256').update(chunk).digest('hex')
        chunks.push(sha256)
        await onChunk(sha256, chunk)
      }
      for await (const part of bytes) {
        grow(part.length)
        size += part.length
        for (let at = 0; at < part.length; ) {
          const some = part.subarray(at, at + packageChunkBytes - fill)
          block.set(some, fill)
          fill += some.length
          at += some.length
          if (fill === packageChunkBytes) await emit()
        }
      }
      if (fill > 0) await emit()
      files.set(name, { path: name, size, executable: executable ?? startsAsProgram, chunks })
    },
    link(path, target) {
      const name = enter(path)
      demandNew(name)
      links.set(name, { path: name, target: target.replace(/^(?:\.\/+)+/, '').replace(/(.)\/+$/, '$1') })
    },
    sameAs(path, other) {
      const name = enter(path)
      demandNew(name)
      const original = files.get(other.replace(/^(?:\.\/+)+/, ''))
      if (original === undefined)
        throw refused(
          `${shown(path)} is a hard link to ${shown(other)}, which is no file before it in the archive`,
        )
      grow(original.size)
      files.set(name, { ...original, path: name })
    },
    tree() {
      const tree = { files: byPath([...files.values()]), links: byPath([...links.values()]) }
      const fault = treeFault(tree, { maxBytes })
      if (fault !== null) throw refused(fault)
      return tree
    },
  }
}

const byPath = <T extends { readonly path: string }>(list: T[]): T[] =>
  list.sort((one, other) => (one.path < other.path ? -1 : 1))

/** ELF or `#!`. */
const isProgram = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) ||
  (bytes[0] === 0x23 && bytes[1] === 0x21)

/** A name of an archive for somebody's eyes. */
const shown = (path: string): string => JSON.stringify(path.slice(0, 200)).slice(1, -1)
