import { damaged, padBytes } from './bits.ts'
import { type HuffmanTable, readHuffman, readHuffmanTable } from './huffman.ts'
import { newSequenceTables, readSequences } from './sequences.ts'

/** No block is longer, packed or unpacked (RFC 8878, section 3.1.1.2.4). */
export const maxBlockBytes = 128 * 1024

/** What is unpacked from block to block of one frame. */
export interface Window {
  /** Ends at `end`; what is before it can be referred to. */
  readonly bytes: Uint8Array
  end: number
  /** How far back a match may begin. */
  readonly reach: number
}

export interface BlockReader {
  /** What is read from now on is of another frame. */
  begin(): void
  /**
   * Appends what a packed block unpacks to.
   * @param most bytes that it may unpack to
   * @throws Error for one that is damaged
   */
  read(block: Uint8Array, window: Window, most: number): void
}

export function createBlockReader(): BlockReader {
  let kept = newSequenceTables()
  let huffman: HuffmanTable | null = null
  const input = new Uint8Array(maxBlockBytes + padBytes)
  const literals = new Uint8Array(maxBlockBytes)

  /** @returns how many literals there are, and where the sequences begin */
  function readLiterals(length: number): { readonly count: number; readonly end: number } {
    const head =
      (input[0] as number) +
      (input[1] as number) * 2 ** 8 +
      (input[2] as number) * 2 ** 16 +
      (input[3] as number) * 2 ** 24
    const [kind, form] = [head & 3, (head >>> 2) & 3]
    const bits = (from: number, count: number): number =>
      Math.floor((head + (input[4] as number) * 2 ** 32) / 2 ** from) % 2 ** count
    if (kind < 2) {
      const [headBytes, count] =
        form % 2 === 0 ? [1, bits(3, 5)] : form === 1 ? [2, bits(4, 12)] : [3, bits(4, 20)]
      const end = headBytes + (kind === 0 ? count : 1)
      if (count > maxBlockBytes || end > length) throw damaged('literals are longer than their block')
      if (kind === 0) literals.set(input.subarray(headBytes, end))
      else literals.fill(input[headBytes] as number, 0, count)
      return { count, end }
    }
    const [headBytes, width] = form < 2 ? [3, 10] : form === 2 ? [4, 14] : [5, 18]
    const [count, packed] = [bits(4, width), bits(4 + width, width)]
    const end = headBytes + packed
    if (count > maxBlockBytes || end > length) throw damaged('literals are longer than their block')
    let at = headBytes
    if (kind === 2) {
      const read = readHuffmanTable(input, at, end)
      huffman = read.table
      at = read.end
    }
    if (huffman === null) throw damaged('a table is not there')
    const target = literals.subarray(0, count)
    if (form === 0) readHuffman(huffman, input, at, end, target)
    else readFour(huffman, at, end, target)
    return { count, end }
  }

  /** Three lengths of two bytes, and four streams of about a quarter each. */
  function readFour(table: HuffmanTable, from: number, to: number, target: Uint8Array): void {
    if (to - from < 10) throw damaged('literals are longer than their block')
    const quarter = (target.length + 3) >> 2
    let at = from + 6
    for (let stream = 0; stream < 4; stream += 1) {
      const length = (input[from + stream * 2] as number) + ((input[from + stream * 2 + 1] as number) << 8)
      const end = stream === 3 ? to : at + length
      if (end > to) throw damaged('literals are longer than their block')
      const first = Math.min(target.length, stream * quarter)
      readHuffman(
        table,
        input,
        at,
        end,
        target.subarray(first, stream === 3 ? target.length : first + quarter),
      )
      at = end
    }
  }

  return {
    begin() {
      kept = newSequenceTables()
      huffman = null
    },
    read(block, window, most) {
      input.set(block)
      input.fill(0, block.length, block.length + padBytes)
      const { count, end } = readLiterals(block.length)
      const { bytes } = window
      const start = window.end
      let at = start
      let taken = 0
      const copyLiterals = (length: number): void => {
        if (taken + length > count) throw damaged('there are fewer literals than are asked for')
        bytes.set(literals.subarray(taken, taken + length), at)
        taken += length
        at += length
      }
      readSequences(input, end, block.length, kept, (literal, match, offset) => {
        if (at - start + literal + match > most) throw damaged('a block unpacks to more than blocks may')
        copyLiterals(literal)
        if (offset > Math.min(at, window.reach)) throw damaged('a match is from before the beginning')
        if (offset >= match) bytes.copyWithin(at, at - offset, at - offset + match)
        else for (let to = at; to < at + match; to += 1) bytes[to] = bytes[to - offset] as number
        at += match
      })
      if (at - start + count - taken > most) throw damaged('a block unpacks to more than blocks may')
      copyLiterals(count - taken)
      window.end = at
    },
  }
}
