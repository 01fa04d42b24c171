/** Bounds what is held in memory at once: whoever comes when it is full waits for their turn. */
export interface Gate {
  take(bytes: number): Promise<void>
  give(bytes: number): void
}

export function createGate(maxBytes: number): Gate {
  let taken = 0
  const waiting: { readonly bytes: number; enter(): void }[] = []
  const fits = (bytes: number): boolean => taken === 0 || taken + bytes <= maxBytes
  return {
    take(bytes) {
      if (waiting.length === 0 && fits(bytes)) {
        taken += bytes
        return Promise.resolve()
      }
      return new Promise((enter) => waiting.push({ bytes, enter }))
    },
    give(bytes) {
      taken -= bytes
      for (let next = waiting[0]; next !== undefined && fits(next.bytes); next = waiting[0]) {
        waiting.shift()
        taken += next.bytes
        next.enter()
      }
    },
  }
}
