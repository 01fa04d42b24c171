import type { SessionLength } from '../store/store.ts'

/** How long the latest sessions had their seats. */
export interface Lengths {
  note(length: SessionLength): void
  /** Of a title, of all titles where too few of it are known; shortest first, at most `points` of them, evenly drawn. */
  of(titleId: string): readonly number[]
}

/** What the router reads from the store at its start. */
export const rememberedLengths = 2000
const perTitle = 500
const enough = 8
const points = 64

/** @param known latest first */
export function createLengths(known: readonly SessionLength[]): Lengths {
  const byTitle = new Map<string, number[]>()
  let all: number[] = []
  const drawn = new Map<string, readonly number[]>()

  function add(titleId: string, lengthMs: number): void {
    byTitle.set(titleId, [...(byTitle.get(titleId) ?? []), lengthMs].slice(-perTitle))
    all.push(lengthMs)
    if (all.length > 2 * rememberedLengths) all = all.slice(-rememberedLengths)
  }
  for (const { titleId, lengthMs } of [...known].reverse()) add(titleId, lengthMs)

  return {
    note({ titleId, lengthMs }) {
      add(titleId, lengthMs)
      drawn.clear()
    },
    of(titleId) {
      const ready = drawn.get(titleId)
      if (ready !== undefined) return ready
      const own = byTitle.get(titleId) ?? []
      const lengths = draw(own.length >= enough ? own : all)
      drawn.set(titleId, lengths)
      return lengths
    },
  }
}

function draw(lengths: readonly number[]): readonly number[] {
  const sorted = [...lengths].sort((a, b) => a - b)
  if (sorted.length <= points) return sorted
  return Array.from(
    { length: points },
    (_, index) => sorted[Math.floor(((index + 0.5) * sorted.length) / points)] ?? 0,
  )
}
