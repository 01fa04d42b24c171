import path from 'node:path'
import { type BenchRun, percentile } from './report.ts'
import { readMesh } from './routing/meshFile.ts'
import { burst } from './surge/burst.ts'
import { optimum } from './surge/optimum.ts'
import { ours } from './surge/ours.ts'
import { convexLoad, flow, greedy, noLoad } from './surge/policies.ts'
import { type Figures, simulate } from './surge/simulate.ts'
import { makeWorld, type WorldOptions } from './surge/world.ts'

/**
 * What a full network costs its players, over half a simulated day on a measured mesh: `--mesh FILE`, `--seeds N` worlds beginning with
 * `--seed N`, `--seatsPerSite N`, `--hours N`. In each world a fifth of the hosts is held out as places where players live; seats and
 * demand are spread unevenly and independently of each other, and each place has its evening peak. Sessions last 45 minutes on
 * average; live sessions by seats are held at 50, 85 and 95 %.
 *
 * Excess is the round trip over that of the best site, were it empty. `nearest`: the nearest site with a seat. `convexLoad`: round trip
 * and the load term of a decision that knows no prices, one player at a time. `surgeFlow`: the same, by min-cost flow over those who came
 * within two seconds. `ours`: the router's own code for all of it, one player at a time: its index of nodes with 8 seats each, its
 * decision, and its prices, which a min-cost flow over the expected players renews every minute from nothing but earlier requests. `optimum`: min-cost flow over all who play, as if all of them could be moved at any time; nothing that
 * leaves players where they are can do better, whatever it knows. `burst`: 500 players of one region in the queue at once.
 *
 * Constants were chosen on seeds 1 to 3; the default worlds have nothing to do with them.
 */
const defaults = {
  mesh: path.join(import.meta.dirname, '../data/rtt-mesh/rtt-mesh.json'),
  seed: 101,
  seeds: 3,
  seatsPerSite: 100,
  hours: 12,
}
const fills = [50, 85, 95] as const
const targetPercent = 12
const roundMs = 2000

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

export async function run(bench: BenchRun): Promise<void> {
  const option = (name: Exclude<keyof typeof defaults, 'mesh'>): number =>
    Number(bench.options[name] ?? defaults[name])
  const mesh = await readMesh(bench.options['mesh'] ?? defaults.mesh)
  const seeds = Array.from({ length: option('seeds') }, (_, index) => option('seed') + index)
  const worldOptions = (fill: number, seed: number): WorldOptions => ({
    seed,
    fill: fill / 100,
    seatsPerSite: option('seatsPerSite'),
    unevenness: 0.5,
    peak: 0.6,
    hours: option('hours'),
  })
  const renewalsMs: number[] = []
  for (const fill of fills) {
    const byPolicy = new Map<string, Figures[]>()
    for (const seed of seeds) {
      const world = makeWorld(mesh, worldOptions(fill, seed))
      const keep = (name: string, figures: Figures): void => {
        byPolicy.set(name, [...(byPolicy.get(name) ?? []), figures])
      }
      const play = (name: string, ...how: Parameters<typeof simulate>) => {
        bench.progress(`${fill} % full, world ${seed}, ${world.arrivals.length} players: ${name}`)
        const { figures, samples } = simulate(...how)
        keep(name, figures)
        return samples
      }
      const samples = play('nearest', world, greedy(noLoad))
      play('convexLoad', world, greedy(convexLoad))
      play('surgeFlow', world, flow(world, roundMs))
      const product = ours(world)
      play('ours', world, product)
      renewalsMs.push(...product.renewalsMs)
      bench.progress(`${fill} % full, world ${seed}: optimum`)
      keep('optimum', optimum(world, samples))
    }
    report(bench, `fill${fill}`, byPolicy)
  }
  bench.row('ours', 'renewalMeanMs', 'ms', mean(renewalsMs))
  bench.row('ours', 'renewalMaxMs', 'ms', percentile(renewalsMs, 100))
  bench.progress('burst')
  burst(bench, makeWorld(mesh, { ...worldOptions(85, option('seed')), hours: 1 }))
}

function report(bench: BenchRun, fill: string, byPolicy: ReadonlyMap<string, readonly Figures[]>): void {
  const best = byPolicy.get('optimum') ?? []
  for (const [name, worlds] of byPolicy) {
    const caseName = `${name}/${fill}`
    const of = (pick: (figures: Figures) => number): number => mean(worlds.map(pick))
    bench.row(
      caseName,
      'excessMeanMs',
      'ms',
      of(({ excessMeanMs }) => excessMeanMs),
    )
    bench.row(
      caseName,
      'excessP99Ms',
      'ms',
      of(({ excessP99Ms }) => excessP99Ms),
    )
    if (name === 'optimum') continue
    const above = (pick: (figures: Figures) => number): number => (of(pick) / mean(best.map(pick)) - 1) * 100
    const target = name === 'nearest' ? undefined : targetPercent
    bench.row(
      caseName,
      'aboveOptimumPercent',
      '%',
      above(({ excessMeanMs }) => excessMeanMs),
      target,
    )
    const each = worlds.map(
      ({ excessMeanMs }, world) => (excessMeanMs / (best[world]?.excessMeanMs ?? 0) - 1) * 100,
    )
    bench.row(caseName, 'aboveOptimumWorstWorldPercent', '%', percentile(each, 100))
    bench.row(
      caseName,
      'rttAboveOptimumPercent',
      '%',
      above(({ rttMeanMs }) => rttMeanMs),
    )
    bench.row(
      caseName,
      'turnedAwayPercent',
      '%',
      of(({ turnedAwayPercent }) => turnedAwayPercent),
    )
  }
}
