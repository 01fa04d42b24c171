/** Messages that came, for tests that wait for one instead of sleeping. */
export interface Inbox<T> {
  readonly all: readonly T[]
  put(message: T): void
  /** The first message, past or to come, that `accepts` takes and that no earlier `take` took. */
  take<Found extends T>(accepts: (message: T) => message is Found): Promise<Found>
  take(accepts: (message: T) => boolean): Promise<T>
}

export function createInbox<T>(): Inbox<T> {
  const all: T[] = []
  const untaken: T[] = []
  let waiting: { accepts: (message: T) => boolean; resolve: (message: T) => void }[] = []
  return {
    all,
    put(message) {
      all.push(message)
      const reader = waiting.find(({ accepts }) => accepts(message))
      if (reader === undefined) untaken.push(message)
      else {
        waiting = waiting.filter((other) => other !== reader)
        reader.resolve(message)
      }
    },
    take(accepts: (message: T) => boolean): Promise<T> {
      const at = untaken.findIndex(accepts)
      const [found] = at === -1 ? [] : untaken.splice(at, 1)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve) => waiting.push({ accepts, resolve }))
    },
  } as Inbox<T>
}
