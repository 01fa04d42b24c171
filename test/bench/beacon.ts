import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { BeaconUsage } from './beacon/beaconProcess.ts'
import type { Order, Outcome } from './beacon/sender.ts'
import { type BenchRun, percentile } from './report.ts'

/**
 * How many questions a second a beacon answers, and how many it would with a whole core of its own: what its process took of the
 * processor, kernel included. Then how late answers are at half that rate, and what a flood of bad packets costs.
 * `--seconds N` for each measurement (5).
 */
const targetPerSecond = 20_000
const rounds = 3

type Target = Order['to']

function child(file: string): ChildProcess {
  return fork(path.join(import.meta.dirname, 'beacon', file), { execArgv: ['--import', 'tsx'] })
}
async function answerOf<T>(process: ChildProcess, question: object): Promise<T> {
  const answer = once(process, 'message')
  process.send(question)
  return ((await answer) as [T])[0]
}

export async function run(bench: BenchRun): Promise<void> {
  const forMs = 1000 * Number(bench.options['seconds'] ?? 5)
  const beacon = child('beaconProcess.ts')
  const sender = child('sender.ts')
  try {
    const [[to]] = (await Promise.all([once(beacon, 'message'), once(sender, 'message')])) as [
      [Target],
      unknown,
    ]
    const measure = async (order: Omit<Order, 'to' | 'forMs'>) => {
      const before = await answerOf<BeaconUsage>(beacon, {})
      const outcome = await answerOf<Outcome>(sender, { ...order, to, forMs } satisfies Order)
      const after = await answerOf<BeaconUsage>(beacon, {})
      const cpuSeconds = after.cpuSeconds - before.cpuSeconds
      return {
        ...outcome,
        perSecond: (1000 * (after.answered - before.answered)) / outcome.tookMs,
        perCpuSecond: (after.answered - before.answered) / cpuSeconds,
        ignoredPerCpuSecond: (after.ignored - before.ignored) / cpuSeconds,
      }
    }
    const best = async (order: Omit<Order, 'to' | 'forMs'>) => {
      const all = []
      for (let round = 0; round < rounds; round += 1) all.push(await measure(order))
      return all
    }
    const middle = (values: readonly number[]): number => percentile(values, 50)

    for (const [family, address] of [
      ['ipv4', '127.0.0.1'],
      ['ipv6', '::1'],
    ] as const) {
      bench.progress(`${family}: as fast as it answers`)
      const full = await best({ address, load: { kind: 'saturate', window: 64 } })
      const perSecond = middle(full.map((one) => one.perSecond))
      bench.row(family, 'requestsPerSecond', '1/s', perSecond, targetPerSecond)
      bench.row(
        family,
        'requestsPerCpuSecond',
        '1/s',
        middle(full.map((one) => one.perCpuSecond)),
        targetPerSecond,
      )
      bench.progress(`${family}: at half that rate`)
      const half = await best({ address, load: { kind: 'pace', perSecond: perSecond / 2 } })
      bench.row(family, 'answerP50Ms', 'ms', middle(half.map(({ p50Ms }) => p50Ms)))
      bench.row(family, 'answerP99Ms', 'ms', middle(half.map(({ p99Ms }) => p99Ms)))
      const lost = half.map(({ sent, answered }) => (100 * (sent - answered)) / sent)
      bench.row(family, 'unansweredPercent', '%', middle(lost))
    }
    for (const what of ['noise', 'forged'] as const) {
      bench.progress(`flooded with what deserves no answer: ${what}`)
      const flooded = await best({ address: '127.0.0.1', load: { kind: 'flood', what } })
      const ignored = flooded.map((one) => one.ignoredPerCpuSecond)
      bench.row(what, 'ignoredPerCpuSecond', '1/s', middle(ignored))
    }
  } finally {
    for (const process of [beacon, sender]) {
      const exited = once(process, 'exit')
      if (process.connected) process.disconnect()
      await exited
    }
  }
}
