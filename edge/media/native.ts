import { closeSync, fstatSync, openSync } from 'node:fs'
import koffi from 'koffi'

/** A file mapped read-only and shared: what its writer draws is seen at once. `close` unmaps; the address is dead afterwards. */
export interface MappedFile {
  readonly address: bigint
  readonly bytes: number
  /** A view of the mapping's first `length` bytes. It must not be touched after `close`. */
  view(length: number): Buffer
  close(): void
}

const PROT_READ = 1
const MAP_SHARED = 1
const MAP_FAILED = 0xffff_ffff_ffff_ffffn

const libc = koffi.load('libc.so.6')
const mmap = libc.func('uint64_t mmap(uint64_t addr, size_t len, int prot, int flags, int fd, int64_t off)')
const munmap = libc.func('int munmap(uint64_t addr, size_t len)')

/** Throws where the file is missing, empty or cannot be mapped. */
export function mapFile(path: string): MappedFile {
  const fd = openSync(path, 'r')
  let bytes: number
  let address: bigint
  try {
    bytes = fstatSync(fd).size
    if (bytes === 0) throw new Error(`${path} is empty`)
    address = BigInt(mmap(0, bytes, PROT_READ, MAP_SHARED, fd, 0) as number | bigint)
  } finally {
    closeSync(fd)
  }
  if (address === MAP_FAILED) throw new Error(`mmap of ${path} failed with errno ${koffi.errno()}`)
  let open = true
  return {
    address,
    bytes,
    view: (length) => Buffer.from(koffi.view(address, Math.min(length, bytes))),
    close() {
      if (!open) return
      open = false
      munmap(address, bytes)
    },
  }
}

/** The address of a native buffer's first byte; good for as long as the buffer's owner keeps it in place. */
export function addressOf(buffer: Buffer): bigint {
  return BigInt(koffi.address(buffer) as bigint | number)
}

/** A C library function by its C prototype. */
export function libcFunction(prototype: string): ReturnType<typeof libc.func> {
  return libc.func(prototype)
}

/** Loads a shared library, or null where the machine has not got it. */
export function loadLibrary(name: string): ReturnType<typeof koffi.load> | null {
  try {
    return koffi.load(name)
  } catch {
    return null
  }
}
