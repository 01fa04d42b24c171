import { type BackwardBits, damaged, ForwardBits, highestBit } from './bits.ts'

/** Finite state entropy (RFC 8878, section 4.1.1): by state, what it stands for and how the next one is found. */
export interface FseTable {
  readonly accuracyLog: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

export const nextState = (table: FseTable, state: number, bits: BackwardBits): number =>
  (table.bases[state] as number) + bits.read(table.bits[state] as number)

/** @param probabilities of each symbol; -1: less than one */
export function fseTable(probabilities: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog
  const symbols = new Uint8Array(size)
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  const next = new Uint16Array(probabilities.length)
  let high = size - 1
  for (const [symbol, probability] of probabilities.entries())
    if (probability < 0) {
      symbols[high--] = symbol
      next[symbol] = 1
    }
  const [step, mask] = [(size >> 1) + (size >> 3) + 3, size - 1]
  let at = 0
  for (const [symbol, probability] of probabilities.entries()) {
    if (probability <= 0) continue
    next[symbol] = probability
    for (let times = 0; times < probability; times += 1) {
      symbols[at] = symbol
      do at = (at + step) & mask
      while (at > high)
    }
  }
  for (const [state, symbol] of symbols.entries()) {
    const value = next[symbol] ?? 1
    next[symbol] = value + 1
    const count = accuracyLog - highestBit(value)
    bits[state] = count
    bases[state] = (value << count) - size
  }
  return { accuracyLog, symbols, bits, bases }
}

/** One symbol, again and again. */
export const constantTable = (symbol: number): FseTable => ({
  accuracyLog: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  bases: new Uint16Array(1),
})

/** @returns the table and where its description ends */
export function readFseTable(
  bytes: Uint8Array,
  from: number,
  to: number,
  maxAccuracyLog: number,
  maxSymbol: number,
): { readonly table: FseTable; readonly end: number } {
  const bits = new ForwardBits(bytes, from, to)
  const accuracyLog = bits.read(4) + 5
  if (accuracyLog > maxAccuracyLog) throw damaged('a table is too fine')
  const probabilities: number[] = []
  let left = 1 << accuracyLog
  while (left > 0) {
    const count = highestBit(left + 1) + 1
    const value = bits.read(count)
    const lowMask = (1 << (count - 1)) - 1
    const threshold = (1 << count) - 1 - (left + 1)
    let probability = value
    if ((value & lowMask) < threshold) {
      bits.back(1)
      probability = value & lowMask
    } else if (value > lowMask) probability = value - threshold
    probability -= 1
    left -= Math.abs(probability)
    probabilities.push(probability)
    for (let zeros = probability === 0 ? 3 : 0; zeros === 3; ) {
      zeros = bits.read(2)
      for (let times = 0; times < zeros; times += 1) probabilities.push(0)
      if (probabilities.length > maxSymbol + 1) break
    }
    if (probabilities.length > maxSymbol + 1) throw damaged('a table has too many symbols')
  }
  if (left < 0) throw damaged('the probabilities of a table are more than one')
  return { table: fseTable(probabilities, accuracyLog), end: bits.byte }
}
