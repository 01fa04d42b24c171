/**
 * Works through items, several at once, so that a far router costs few round trips.
 * @param items asked for one by one, as lanes become free
 * @param work gets the number of its lane, from 0
 * @throws what the first that failed threw, once all lanes have stopped
 */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]()
  let failure: { readonly cause: unknown } | null = null
  const run = async (_: unknown, lane: number): Promise<void> => {
    while (failure === null) {
      try {
        const next = left.next()
        if (next.done === true) return
        await work(next.value, lane)
      } catch (cause) {
        failure ??= { cause }
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, run))
  // Written by the lanes, which the compiler does not see.
  const failed = failure as { readonly cause: unknown } | null
  if (failed !== null) throw failed.cause
}
