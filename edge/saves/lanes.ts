/**
 * Works through items, several at once, so that a far router costs few round trips.
 * @param work gets the number of its lane, from 0
 * @throws what the first that failed threw, once all lanes have stopped
 */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const left = [...items].reverse()
  let failure: { readonly cause: unknown } | null = null
  const run = async (_: unknown, lane: number): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      try {
        await work(item, lane)
      } catch (cause) {
        failure ??= { cause }
        left.length = 0
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, run))
  // Written by the lanes, which the compiler does not see.
  const failed = failure as { readonly cause: unknown } | null
  if (failed !== null) throw failed.cause
}
