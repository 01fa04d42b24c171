/** Work that can rest between two steps. */
export type Steps<Result> = Generator<void, Result, void>

/** All of it at once. */
export function toEnd<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

const atOnce = 256

/** Rests between every few. */
export function* eachOf<Item>(items: Iterable<Item>, act: (item: Item) => void): Steps<void> {
  let count = 0
  for (const item of items) {
    act(item)
    count += 1
    if (count % atOnce === 0) yield
  }
}

/** A decision that waits for a slice waits no longer than for another decision or two of its kind. */
const sliceMs = 2

/**
 * In slices, so that what comes in meanwhile does not wait for the whole.
 * @param rest lets other work go on
 * @returns null when `mayGoOn` has said no
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  nowMs: () => number,
  rest: () => Promise<unknown>,
  mayGoOn: () => boolean,
): Promise<Result | null> {
  let beganMs = nowMs()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (nowMs() - beganMs < sliceMs) continue
    await rest()
    if (!mayGoOn()) return null
    beganMs = nowMs()
  }
}
