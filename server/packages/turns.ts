/** Work of many, one piece after the other: whoever has much of it waits for those who have little. */
export interface Turns<T> {
  add(owner: string, work: T): void
  /** What is due, which is no longer waiting; null: nothing. */
  next(): T | null
  remove(isIt: (work: T) => boolean): void
  readonly size: number
}

export function createTurns<T>(): Turns<T> {
  /** Whose turn is next is first. */
  const waiting = new Map<string, T[]>()
  return {
    get size() {
      return waiting.size
    },
    add(owner, work) {
      const own = waiting.get(owner)
      if (own === undefined) waiting.set(owner, [work])
      else own.push(work)
    },
    next() {
      const [first] = waiting
      if (first === undefined) return null
      const [owner, [work, ...rest]] = first
      waiting.delete(owner)
      if (rest.length > 0) waiting.set(owner, rest)
      return work ?? null
    },
    remove(isIt) {
      for (const [owner, own] of waiting) {
        const left = own.filter((work) => !isIt(work))
        if (left.length === 0) waiting.delete(owner)
        else waiting.set(owner, left)
      }
    },
  }
}
