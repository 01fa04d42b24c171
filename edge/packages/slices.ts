import { setImmediate as nextTurn } from 'node:timers/promises'

/** What a node's agent does in one go at most: leases and beacons wait no longer for it. */
const sliceMs = 5

/** Gives others their turn, where the last one was a while ago. */
export function createPace(): () => Promise<void> {
  let sinceMs = performance.now()
  return async () => {
    if (performance.now() - sinceMs < sliceMs) return
    await nextTurn()
    sinceMs = performance.now()
  }
}

/** Does steps that are short each and may be many. */
export async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  let sinceMs = performance.now()
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    if (performance.now() - sinceMs < sliceMs) continue
    await nextTurn()
    sinceMs = performance.now()
  }
}
