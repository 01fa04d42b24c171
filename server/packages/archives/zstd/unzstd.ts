import { refused } from '../collector.ts'
import { damaged } from './bits.ts'
import { type BlockReader, createBlockReader, maxBlockBytes, type Window } from './block.ts'
import { createXxh64 } from './xxh64.ts'

/** As much as `zstd` itself takes where nobody asks it for more (its levels up to 22, and `--long`). */
const maxWindowBytes = 2 ** 27
const [frameMagic, skippableMagic] = [0xfd2fb528, 0x184d2a50]

/**
 * Unpacks zstd (RFC 8878), frame after frame, each with its checksum where it has one. It holds a window and a half, 192 MiB at most.
 * @throws NearcadeError package-refused for what this does not take; Error for what is damaged
 */
export async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = createInput(packed)
  const blocks = createBlockReader()
  let room = new Uint8Array(0)
  for (let isFirst = true; ; isFirst = false) {
    const magic = await input.take(4)
    if (magic === null && !isFirst) return
    const kind = magic === null ? 0 : little(magic)
    if ((kind & ~15) >>> 0 === skippableMagic) {
      await input.skip(little(await input.need(4)))
      continue
    }
    if (kind !== frameMagic) throw damaged('there is no frame where one should begin')
    const head = await readHead(input)
    const wanted = head.windowBytes + Math.max(2 ** 20, head.windowBytes / 2) + maxBlockBytes
    if (room.length < wanted) room = new Uint8Array(wanted)
    blocks.begin()
    yield* readFrame(input, head, blocks, room)
  }
}

interface Head {
  readonly windowBytes: number
  /** Null: the frame does not say. */
  readonly contentBytes: number | null
  readonly hasChecksum: boolean
}

/** Section 3.1.1.1. */
async function readHead(input: Input): Promise<Head> {
  const [flags = 0] = await input.need(1)
  const isSingle = (flags & 0x20) !== 0
  if ((flags & 8) !== 0) throw damaged('a frame is of a kind that is not known')
  let windowBytes = 0
  if (!isSingle) {
    const [size = 0] = await input.need(1)
    const base = 2 ** (10 + (size >> 3))
    windowBytes = base + (base / 8) * (size & 7)
  }
  const dictionary = await input.need([0, 1, 2, 4][flags & 3] ?? 0)
  if (dictionary.some((byte) => byte !== 0)) throw refused('the archive is packed with a dictionary')
  const sizeBytes = flags >> 6 === 0 ? (isSingle ? 1 : 0) : 2 ** (flags >> 6)
  const size = little(await input.need(sizeBytes)) + (sizeBytes === 2 ? 256 : 0)
  if (isSingle) windowBytes = size
  if (windowBytes > maxWindowBytes)
    throw refused(
      `the archive needs ${windowBytes} bytes to be unpacked: pack it without --ultra and --long=28 or more`,
    )
  return { windowBytes, contentBytes: sizeBytes === 0 ? null : size, hasChecksum: (flags & 4) !== 0 }
}

async function* readFrame(
  input: Input,
  head: Head,
  blocks: BlockReader,
  room: Uint8Array,
): AsyncGenerator<Buffer> {
  const { windowBytes, contentBytes, hasChecksum } = head
  const most = Math.min(windowBytes, maxBlockBytes)
  const checksum = createXxh64()
  const window: Window = { bytes: room, end: 0, reach: windowBytes }
  let bytes = 0
  for (let isLast = false; !isLast; ) {
    const blockHead = little(await input.need(3))
    isLast = (blockHead & 1) === 1
    const [kind, length] = [(blockHead >> 1) & 3, blockHead >> 3]
    if (kind === 3 || length > most) throw damaged('a block is longer than blocks may be, or of no kind')
    if (window.end + maxBlockBytes > room.length) {
      room.copyWithin(0, window.end - windowBytes, window.end)
      window.end = windowBytes
    }
    const from = window.end
    if (kind === 2) blocks.read(await input.need(length), window, most)
    else {
      const plain = await input.need(kind === 0 ? length : 1)
      if (kind === 0) room.set(plain, from)
      else room.fill(plain[0] ?? 0, from, from + length)
      window.end = from + length
    }
    const unpacked = room.subarray(from, window.end)
    bytes += unpacked.length
    if (contentBytes !== null && bytes > contentBytes) throw damaged('a frame is longer than it says')
    if (hasChecksum) checksum.update(unpacked)
    // The window goes on and is written over.
    if (unpacked.length > 0) yield Buffer.from(unpacked)
  }
  if (contentBytes !== null && bytes !== contentBytes) throw damaged('a frame is shorter than it says')
  if (hasChecksum && little(await input.need(4)) !== checksum.lowDigest())
    throw damaged('a checksum is another one')
}

const little = (bytes: Uint8Array): number => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)

interface Input {
  /** Good until the next call. Null: it is at its end. */
  take(length: number): Promise<Uint8Array | null>
  need(length: number): Promise<Uint8Array>
  skip(length: number): Promise<void>
}

/** Never holds more than the part that came last. */
function createInput(packed: AsyncIterable<Uint8Array>): Input {
  const parts = packed[Symbol.asyncIterator]()
  let part: Uint8Array = new Uint8Array(0)
  const cutOff = (): Error => damaged('it is cut off')

  async function more(): Promise<boolean> {
    while (part.length === 0) {
      const next = await parts.next()
      if (next.done === true) return false
      part = new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    }
    return true
  }
  function some(length: number): Uint8Array {
    const taken = part.subarray(0, length)
    part = part.subarray(taken.length)
    return taken
  }

  async function take(length: number): Promise<Uint8Array | null> {
    if (length > 0 && !(await more())) return null
    if (part.length >= length) return some(length)
    const whole = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      if (!(await more())) throw cutOff()
      const taken = some(length - at)
      whole.set(taken, at)
      at += taken.length
    }
    return whole
  }
  return {
    take,
    async need(length) {
      const bytes = await take(length)
      if (bytes === null) throw cutOff()
      return bytes
    },
    async skip(length) {
      for (let left = length; left > 0; ) {
        if (!(await more())) throw cutOff()
        left -= some(left).length
      }
    },
  }
}
