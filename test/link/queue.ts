/** What is due at a time, earliest first; of the same time, first in first out. */
export class DueQueue<T> {
  readonly #heap: { readonly dueMs: number; readonly order: number; readonly item: T }[] = []
  #order = 0

  get nextMs(): number {
    return this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  push(dueMs: number, item: T): void {
    const heap = this.#heap
    heap.push({ dueMs, order: this.#order++, item })
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Takes out the first item if its time has come. */
  take(nowMs: number): T | null {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.dueMs > nowMs) return null
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first.item
  }

  #sink(): void {
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && this.#before(child, least)) least = child
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #before(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]]
    if (a === undefined || b === undefined) return false
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#heap[i], this.#heap[j]]
    if (a === undefined || b === undefined) return
    this.#heap[i] = b
    this.#heap[j] = a
  }
}
