/** One session that waits for a seat. */
export interface QueueEntry {
  readonly sessionId: string
  readonly guestId: string
  readonly region: string
  readonly seatClass: string
  /** Since when its place counts, ms. */
  readonly sinceMs: number
}

/** A guest's one place in a line, however many windows wait on it; the place is as old as its oldest window. */
interface Place {
  readonly guestId: string
  readonly sinceMs: number
  /** Oldest first. */
  readonly entries: readonly QueueEntry[]
}

/** Oldest place first. */
type Line = readonly Place[]

/** The lines of all regions and classes of seats, as one value. */
export type Queue = ReadonlyMap<string, Line>
type LineName = Pick<QueueEntry, 'region' | 'seatClass'>

export const emptyQueue: Queue = new Map()

const nameOf = ({ region, seatClass }: LineName): string => `${region}\n${seatClass}`
const lineOf = (queue: Queue, name: LineName): Line => queue.get(nameOf(name)) ?? []

const byAge = (a: QueueEntry, b: QueueEntry): number =>
  a.sinceMs - b.sinceMs || (a.sessionId < b.sessionId ? -1 : 1)
const byPlaceAge = (a: Place, b: Place): number => a.sinceMs - b.sinceMs || (a.guestId < b.guestId ? -1 : 1)

/** Puts it where it belongs. */
function insert(line: Place[], place: Place): void {
  let [from, to] = [0, line.length]
  while (from < to) {
    const middle = (from + to) >> 1
    const other = line[middle]
    if (other !== undefined && byPlaceAge(other, place) < 0) from = middle + 1
    else to = middle
  }
  line.splice(from, 0, place)
}

function withPlace(queue: Queue, name: LineName, guestId: string, entries: readonly QueueEntry[]): Queue {
  const line = lineOf(queue, name).filter((place) => place.guestId !== guestId)
  const [oldest] = entries
  if (oldest !== undefined) insert(line, { guestId, sinceMs: oldest.sinceMs, entries })
  const next = new Map(queue)
  if (line.length === 0) next.delete(nameOf(name))
  else next.set(nameOf(name), line)
  return next
}

const entriesOf = (queue: Queue, name: LineName, guestId: string): readonly QueueEntry[] =>
  lineOf(queue, name).find((place) => place.guestId === guestId)?.entries ?? []

/** Puts an entry where its `sinceMs` belongs. One that is in this line already moves there. */
export function enqueue(queue: Queue, entry: QueueEntry): Queue {
  const own = entriesOf(queue, entry, entry.guestId).filter(({ sessionId }) => sessionId !== entry.sessionId)
  return withPlace(queue, entry, entry.guestId, [...own, entry].sort(byAge))
}

export function leave(queue: Queue, entry: LineName & Pick<QueueEntry, 'sessionId' | 'guestId'>): Queue {
  const own = entriesOf(queue, entry, entry.guestId)
  const rest = own.filter(({ sessionId }) => sessionId !== entry.sessionId)
  return rest.length === own.length ? queue : withPlace(queue, entry, entry.guestId, rest)
}

/** The time of a place behind everybody in the line, also where the clock has gone back. */
export function endOfLine(queue: Queue, name: LineName, nowMs: number): number {
  const last = lineOf(queue, name).at(-1)
  return last === undefined ? nowMs : Math.max(nowMs, last.sinceMs + 1)
}

/**
 * An entry got its seat: it leaves, and other windows of its guest go to the end of the line.
 * @returns those other windows with their new time too
 */
export function served(
  queue: Queue,
  entry: QueueEntry,
  nowMs: number,
): { readonly queue: Queue; readonly moved: readonly QueueEntry[] } {
  const left = leave(queue, entry)
  const rest = entriesOf(left, entry, entry.guestId)
  const without = withPlace(left, entry, entry.guestId, [])
  const endMs = endOfLine(without, entry, nowMs)
  const moved = rest.map((other, index) => ({ ...other, sinceMs: endMs + index }))
  return { queue: withPlace(without, entry, entry.guestId, moved), moved }
}

/**
 * Who comes first, over all lines: of each place the oldest window that `wants` takes, oldest place first, `most` at most.
 * A seat passes by only those who cannot use it, and nobody comes in before those who are there: so nobody is passed by for
 * ever by seats that they could use.
 */
export function heads(
  queue: Queue,
  wants: (entry: QueueEntry) => boolean,
  most: number,
): readonly QueueEntry[] {
  const lines = [...queue.values()].map((line) => ({ line, at: 0 }))
  const found: QueueEntry[] = []
  while (found.length < most) {
    let oldest: (typeof lines)[number] | null = null
    for (const cursor of lines) {
      const place = cursor.line[cursor.at]
      const best = oldest?.line[oldest.at]
      if (place !== undefined && (best === undefined || byPlaceAge(place, best) < 0)) oldest = cursor
    }
    const place = oldest?.line[oldest.at]
    if (oldest === null || place === undefined) break
    oldest.at += 1
    const entry = place.entries.find(wants)
    if (entry !== undefined) found.push(entry)
  }
  return found
}

/** Where an entry stands, from 1, and how many wait in its line; further windows of a guest stand behind everybody. */
export interface Standing {
  readonly position: number
  readonly length: number
}

/** Where everybody stands, by session: one pass over the lines, where many are asked about. */
export function standings(queue: Queue): ReadonlyMap<string, Standing> {
  const all = new Map<string, Standing>()
  for (const line of queue.values()) {
    const length = entriesIn(line)
    for (const [at, { entries }] of line.entries())
      for (const [window, { sessionId }] of entries.entries())
        all.set(sessionId, { position: window === 0 ? at + 1 : line.length + window, length })
  }
  return all
}

/** The same of one entry. */
export function standing(
  queue: Queue,
  entry: LineName & Pick<QueueEntry, 'sessionId' | 'guestId'>,
): Standing | null {
  const line = lineOf(queue, entry)
  const at = line.findIndex(({ guestId }) => guestId === entry.guestId)
  const window = line[at]?.entries.findIndex(({ sessionId }) => sessionId === entry.sessionId) ?? -1
  if (window < 0) return null
  return {
    position: window === 0 ? at + 1 : line.length + window,
    length: entriesIn(line),
  }
}

const entriesIn = (line: Line): number => line.reduce((sum, { entries }) => sum + entries.length, 0)
