import { BackwardBits, damaged } from './bits.ts'
import { constantTable, type FseTable, fseTable, nextState, readFseTable } from './fse.ts'

/** RFC 8878, section 3.1.1.3.2: so many literals, then so many bytes from so far back, again and again. */

const literalBits = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
const matchBits = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
/** The first codes are lengths themselves, each of the others begins where the one before ends. */
function lengths(first: number, plain: number, bits: readonly number[]): readonly (readonly number[])[] {
  const all = [...Array.from({ length: plain }, () => 0), ...bits]
  let base = first
  const bases = all.map((count) => {
    base += 1 << count
    return base - (1 << count)
  })
  return [bases, all]
}
const [literalBases = [], literalExtra = []] = lengths(0, 16, literalBits)
const [matchBases = [], matchExtra = []] = lengths(3, 32, matchBits)

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)
/** What a block may take without saying it, section 3.1.1.3.2.2. */
const usual = {
  literals: fseTable(
    [4, 3, ...times(11, 2), ...times(3, 1), ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
    6,
  ),
  offsets: fseTable([...times(6, 1), ...times(3, 2), ...times(15, 1), ...times(5, -1)], 5),
  matches: fseTable([1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)], 6),
}
const limits = {
  literals: { accuracyLog: 9, symbol: 35 },
  offsets: { accuracyLog: 8, symbol: 31 },
  matches: { accuracyLog: 9, symbol: 52 },
}
type Kind = keyof typeof usual
/** Of a window of 128 MiB: those from further back would be outside of it. */
const mostOffsetCode = 27

/** What blocks leave for those after them. */
export interface SequenceTables {
  readonly tables: Partial<Record<Kind, FseTable>>
  readonly offsets: [number, number, number]
}
export const newSequenceTables = (): SequenceTables => ({ tables: {}, offsets: [1, 4, 8] })

/**
 * @param run is given each sequence
 * @throws Error for what is no such section
 */
export function readSequences(
  bytes: Uint8Array,
  from: number,
  to: number,
  kept: SequenceTables,
  run: (literals: number, match: number, offset: number) => void,
): void {
  let at = from
  const byte = (): number => {
    if (at >= to) throw damaged('a block is cut off')
    return bytes[at++] as number
  }
  const first = byte()
  const count =
    first < 128 ? first : first < 255 ? ((first - 128) << 8) + byte() : byte() + (byte() << 8) + 0x7f00
  if (count === 0) {
    if (at !== to) throw damaged('a block is longer than what is in it')
    return
  }
  const modes = byte()
  if ((modes & 3) !== 0) throw damaged('a block is of a kind that is not known')
  const tableFor = (kind: Kind, mode: number): FseTable => {
    const { accuracyLog, symbol } = limits[kind]
    const known = kept.tables[kind]
    if (mode === 3 && known === undefined) throw damaged('a table is not there')
    if (mode === 3 && known !== undefined) return known
    if (mode === 0) return usual[kind]
    if (mode === 1) {
      const only = byte()
      if (only > symbol) throw damaged('a table has too many symbols')
      return constantTable(only)
    }
    const { table, end } = readFseTable(bytes, at, to, accuracyLog, symbol)
    at = end
    return table
  }
  const literals = (kept.tables.literals = tableFor('literals', modes >> 6))
  const offsets = (kept.tables.offsets = tableFor('offsets', (modes >> 4) & 3))
  const matches = (kept.tables.matches = tableFor('matches', (modes >> 2) & 3))
  const bits = new BackwardBits(bytes, at, to)
  let literalState = bits.read(literals.accuracyLog)
  let offsetState = bits.read(offsets.accuracyLog)
  let matchState = bits.read(matches.accuracyLog)
  for (let left = count; left > 0; left -= 1) {
    const offsetCode = offsets.symbols[offsetState] as number
    if (offsetCode > mostOffsetCode) throw damaged('a match is from too far back')
    const high = offsetCode > 16 ? bits.read(offsetCode - 16) * 0x10000 : 0
    const offsetValue = 2 ** offsetCode + high + bits.read(Math.min(offsetCode, 16))
    const matchCode = matches.symbols[matchState] as number
    const match = (matchBases[matchCode] as number) + bits.read(matchExtra[matchCode] as number)
    const literalCode = literals.symbols[literalState] as number
    const literal = (literalBases[literalCode] as number) + bits.read(literalExtra[literalCode] as number)
    if (left > 1) {
      literalState = nextState(literals, literalState, bits)
      matchState = nextState(matches, matchState, bits)
      offsetState = nextState(offsets, offsetState, bits)
    }
    if (bits.left < 0) throw damaged('a block is cut off')
    run(literal, match, offsetOf(kept.offsets, offsetValue, literal === 0))
  }
  if (bits.left !== 0) throw damaged('a block is longer than what is in it')
}

/** The last three are known by short names, section 3.1.1.5. */
function offsetOf(last: [number, number, number], value: number, isAfterMatch: boolean): number {
  const [one, two, three] = last
  const name = value > 3 ? 4 : value + (isAfterMatch ? 1 : 0)
  if (name === 1) return one
  const offset = value > 3 ? value - 3 : name === 2 ? two : name === 3 ? three : one - 1
  if (offset < 1) throw damaged('a match is from nowhere')
  last[2] = name === 2 ? three : two
  last[1] = one
  last[0] = offset
  return offset
}
