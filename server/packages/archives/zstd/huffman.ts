import { BackwardBits, damaged, highestBit } from './bits.ts'
import { nextState, readFseTable } from './fse.ts'

/** RFC 8878, section 4.2: by the next `maxBits` bits, the symbol that they begin with and how many of them are its own. */
export interface HuffmanTable {
  readonly maxBits: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
}

const mostBits = 11
const mostWeights = 255

/** @returns the table and where its description ends */
export function readHuffmanTable(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly table: HuffmanTable; readonly end: number } {
  if (from >= to) throw damaged('a table is longer than its block')
  const head = bytes[from] ?? 0
  const end = from + 1 + (head < 128 ? head : (head - 126) >> 1)
  if (end > to) throw damaged('a table is longer than its block')
  const weights = head < 128 ? codedWeights(bytes, from + 1, end) : plainWeights(bytes, from + 1, head - 127)
  return { table: tableOf(weights), end }
}

const plainWeights = (bytes: Uint8Array, from: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => {
    const pair = bytes[from + (at >> 1)] ?? 0
    return at % 2 === 0 ? pair >> 4 : pair & 15
  })

/** Two states take turns until the bits have run out. */
function codedWeights(bytes: Uint8Array, from: number, to: number): number[] {
  const { table, end } = readFseTable(bytes, from, to, 6, 255)
  const bits = new BackwardBits(bytes, end, to)
  const states = [bits.read(table.accuracyLog), bits.read(table.accuracyLog)] as [number, number]
  const weights: number[] = []
  for (let turn = 0; ; turn = 1 - turn) {
    if (weights.length >= mostWeights) throw damaged('a table has too many weights')
    const state = states[turn] as number
    weights.push(table.symbols[state] as number)
    states[turn] = nextState(table, state, bits)
    if (bits.left < 0) {
      weights.push(table.symbols[states[1 - turn] as number] as number)
      return weights
    }
  }
}

/** @param weights of all symbols but the last, whose weight makes the sum a power of two */
function tableOf(weights: readonly number[]): HuffmanTable {
  if (weights.some((weight) => weight > mostBits)) throw damaged('a code is too long')
  let sum = 0
  for (const weight of weights) if (weight > 0) sum += 1 << (weight - 1)
  if (sum === 0 || weights.length > mostWeights) throw damaged('a table has no weights, or too many')
  const maxBits = highestBit(sum) + 1
  const rest = (1 << maxBits) - sum
  if (maxBits > mostBits || (rest & (rest - 1)) !== 0) throw damaged('the weights of a table do not add up')
  const all = [...weights, highestBit(rest) + 1]
  const symbols = new Uint8Array(1 << maxBits)
  const bits = new Uint8Array(1 << maxBits)
  let at = 0
  for (let weight = 1; weight <= maxBits; weight += 1)
    for (const [symbol, own] of all.entries()) {
      if (own !== weight) continue
      const until = at + (1 << (weight - 1))
      symbols.fill(symbol, at, until)
      bits.fill(maxBits + 1 - weight, at, until)
      at = until
    }
  return { maxBits, symbols, bits }
}

/** Fills all of `target` from one stream. */
export function readHuffman(
  { maxBits, symbols, bits: lengths }: HuffmanTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
): void {
  const bits = new BackwardBits(bytes, from, to)
  for (let at = 0; at < target.length; at += 1) {
    const code = bits.peek(maxBits)
    target[at] = symbols[code] as number
    bits.left -= lengths[code] as number
  }
  if (bits.left !== 0) throw damaged('literals are longer or shorter than they say')
}
