import { seededRandom } from './random.ts'

/**
 * A capacity trace in the mahimahi format: one delivery opportunity of 1500 bytes a line, in whole ms from the start, never
 * falling; the trace repeats after its last line. Throws what is wrong with it.
 */
export function parseTrace(text: string): number[] {
  const times = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(Number)
  times.forEach((ms, i) => {
    if (!Number.isInteger(ms) || ms < 0) throw new Error(`Line ${i + 1} of the trace is no time in whole ms.`)
    if (ms < (times[i - 1] ?? 0)) throw new Error(`Line ${i + 1} of the trace goes back in time.`)
  })
  if ((times.at(-1) ?? 0) <= 0) throw new Error('The trace has no length.')
  return times
}

export const formatTrace = (times: readonly number[]): string => `${times.join('\n')}\n`

export interface CellularShape {
  readonly seed: number
  readonly lengthMs: number
  readonly meanBps: number
  /** How far the rate strays, as the deviation of its logarithm. */
  readonly spread: number
  /** How fast it forgets where it was. */
  readonly memoryMs: number
  /** Mean time between short fades, and how long each takes at a tenth of the rate. */
  readonly fadeEveryMs: number
  readonly fadeMs: number
}

/**
 * A made-up cellular downlink: the logarithm of the rate is an Ornstein-Uhlenbeck process, with short deep fades and with
 * the scheduler's grain (grants come in bunches, every few ms). Not a recording; the shape follows what papers on LTE links
 * report: rates that change by several times within seconds and stalls of 100 ms and more.
 */
export function cellularTrace(shape: CellularShape): number[] {
  const random = seededRandom(shape.seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const grainMs = 4
  const keep = Math.exp(-grainMs / shape.memoryMs)
  const times: number[] = []
  let level = 0
  let fadeUntilMs = 0
  let credit = 0
  for (let ms = grainMs; ms <= shape.lengthMs; ms += grainMs) {
    level = keep * level + Math.sqrt(1 - keep * keep) * shape.spread * normal()
    if (ms >= fadeUntilMs && random() < grainMs / shape.fadeEveryMs) fadeUntilMs = ms + shape.fadeMs
    const rateBps = shape.meanBps * Math.exp(level - shape.spread ** 2 / 2) * (ms < fadeUntilMs ? 0.1 : 1)
    credit += (rateBps * grainMs) / 8000 / 1500
    for (; credit >= 1; credit--) times.push(ms)
  }
  if (times.at(-1) !== shape.lengthMs) times.push(shape.lengthMs)
  return times
}
