/** How many players of each place ask for a seat, as it has been lately. */
export interface ArrivalRates {
  record(placeId: string, atMs: number): void
  /** Players a minute by place; places that hardly anybody asks from are left out. */
  at(nowMs: number): ReadonlyMap<string, number>
  /** How many players all of that rests on. */
  counted(nowMs: number): number
}

/** Long enough to count more than chance, short against the rise of an evening. */
const defaultMemoryMs = 15 * 60_000
const hardlyPerMinute = 0.001

/**
 * Counts that fade exponentially. While it is younger than its memory it knows that, so that the first minutes after a start
 * do not look like a quiet hour.
 */
export function createArrivalRates(startedAtMs: number, memoryMs: number = defaultMemoryMs): ArrivalRates {
  const counts = new Map<string, { weight: number; atMs: number }>()
  const faded = (weight: number, fromMs: number, toMs: number): number =>
    weight * Math.exp(-Math.max(0, toMs - fromMs) / memoryMs)
  return {
    record(placeId, atMs) {
      const before = counts.get(placeId)
      const weight = before === undefined ? 0 : faded(before.weight, before.atMs, atMs)
      counts.set(placeId, { weight: weight + 1, atMs })
    },
    at(nowMs) {
      const ageMs = Math.max(60_000, nowMs - startedAtMs)
      const coveredMinutes = (memoryMs * (1 - Math.exp(-ageMs / memoryMs))) / 60_000
      const rates = new Map<string, number>()
      for (const [placeId, { weight, atMs }] of counts) {
        const perMinute = faded(weight, atMs, nowMs) / coveredMinutes
        if (perMinute >= hardlyPerMinute) rates.set(placeId, perMinute)
        else counts.delete(placeId)
      }
      return rates
    },
    counted(nowMs) {
      let sum = 0
      for (const { weight, atMs } of counts.values()) sum += faded(weight, atMs, nowMs)
      return sum
    },
  }
}
