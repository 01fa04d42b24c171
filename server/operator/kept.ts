import type { Clock } from '../clock.ts'

/** An answer that is good for a while: those who ask meanwhile share it, as do those who ask while it is made. A failure is not kept. */
export function keptFor<T>(
  goodMs: number,
  clock: Pick<Clock, 'now'>,
  make: () => Promise<T>,
): () => Promise<T> {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | null = null
  return () => {
    if (last === null || clock.now() - last.atMs >= goodMs) {
      const made = { atMs: clock.now(), answer: make() }
      last = made
      made.answer.catch(() => {
        if (last === made) last = null
      })
    }
    return last.answer
  }
}
