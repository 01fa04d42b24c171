import { readFileSync } from 'node:fs'
import { packageChunkBytes } from '../../../../config/protocol/package.ts'
import { tarOf } from './archives.ts'
import { file, flipped, noise, type Hostile } from './hostile.ts'

/** Of `words.txt`, `zeros` and the link `run`, by `zstd -19 --check`. */
export const packedByZstd = readFileSync(new URL('../../../data/zstd/game.tar.zst', import.meta.url))

/** Text that can be packed, the same each time. */
export function wordsOf(bytes: number): Buffer {
  const words = Array.from({ length: 60 }, (_, at) => `${'aeiou'[at % 5]}${'bcdfghklmn'[at % 10]}${at}`)
  let state = 1
  let text = ''
  while (text.length < bytes) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += `${words[(state >>> 24) % (1 + ((state >>> 16) % 60))]} `
    // The same line comes again from far and near.
    if (state % 11 === 0) text += text.slice(text.length >> (state % 5), (text.length >> (state % 5)) + 900)
  }
  return Buffer.from(text.slice(0, bytes))
}

interface FrameOptions {
  /** Of the window, as its descriptor has it. */
  readonly exponent?: number
  readonly dictionary?: number
  /** Each block as one byte, so many times. */
  readonly repeated?: boolean
}

/** One frame as no packer would make it: of plain blocks, without a checksum. */
export function zstdFrame(content: Buffer, options: FrameOptions = {}): Buffer {
  const { exponent = 17, dictionary = 0, repeated = false } = options
  const parts: Buffer[] = [
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, dictionary === 0 ? 0 : 1, (exponent - 10) << 3]),
    ...(dictionary === 0 ? [] : [Buffer.of(dictionary)]),
  ]
  const blockBytes = 128 * 1024
  for (let at = 0; at === 0 || at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes)
    const head = Buffer.alloc(3)
    const isLast = at + blockBytes >= content.length
    head.writeUIntLE((block.length << 3) | (repeated ? 2 : 0) | (isLast ? 1 : 0), 0, 3)
    parts.push(head, repeated ? block.subarray(0, 1) : block)
  }
  return Buffer.concat(parts)
}

const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])

export const packedZstd: readonly Hostile[] = [
  ['a stream that was cut off', () => packedByZstd.subarray(0, -20), 'cut off'],
  ['a stream that was cut off at a frame', () => skippable, 'its end is missing'],
  ['a stream that was changed', () => flipped(packedByZstd, packedByZstd.length - 300), 'damaged'],
  ['a checksum that is another one', () => flipped(packedByZstd, packedByZstd.length - 1), 'damaged'],
  ['no zstd at all', () => noise, 'damaged'],
  ['what follows it', () => Buffer.concat([packedByZstd, noise]), 'damaged'],
  ['a window that no memory has', async () => zstdFrame(await tarOf([]), { exponent: 40 }), 'to be unpacked'],
  ['a dictionary', async () => zstdFrame(await tarOf([]), { dictionary: 7 }), 'dictionary'],
  [
    'a bomb',
    () => zstdFrame(Buffer.alloc(80 * packageChunkBytes), { repeated: true }),
    'more than 200 times its size',
  ],
  [
    'an escape',
    async () => zstdFrame(await tarOf([{ name: '../x', data: file }])),
    'leads out of the package',
  ],
]
