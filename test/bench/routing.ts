import path from 'node:path'
import { type BenchRun, percentile } from './report.ts'
import { type MeshFile, readErrorModel, readMesh } from './routing/meshFile.ts'
import { placeOf } from './routing/players.ts'
import { seeded } from './routing/random.ts'
import {
  type Choice,
  nearestByPlace,
  ours,
  oursWithHistory,
  regretMs,
  reachable,
  type World,
  worldOf,
} from './routing/simulate.ts'
import { splitOf } from './routing/split.ts'

const data = path.join(import.meta.dirname, '../data')
const cases = ['nearest', 'nearest8Probe', 'nearest16Probe', 'ours', 'oursHistory', 'oracle'] as const
type Case = (typeof cases)[number]

export async function run(bench: BenchRun): Promise<void> {
  const { mesh, errorModel, seed = '101', splits = '40' } = bench.options
  const file = await readMesh(mesh ?? path.join(data, 'rtt-mesh/rtt-mesh.json'))
  const errorKm = await readErrorModel(
    errorModel ??
      path.join(data, 'geoip-error/geoip_err_quantiles.json#geoiplite_1_4_10_vs_geolite2_202606_km'),
  )
  for (const [kind, quantilesKm, accuracyKm] of [
    ['exact', [0], 5],
    ['geoError', errorKm, 100],
  ] as const) {
    const regrets = new Map<Case, number[]>(cases.map((name) => [name, []]))
    const probes = new Map<Case, number[]>(cases.map((name) => [name, []]))
    for (let index = 0; index < Number(splits); index++) {
      bench.progress(`${kind}: split ${index + 1} of ${splits}`)
      const random = seeded(Number(seed) + index)
      const world = worldOf(file, splitOf(file, random))
      for (const client of world.split.clients) {
        const place = placeOf(file.clients[client] ?? nowhere, quantilesKm, accuracyKm, random)
        for (const name of cases) {
          const choice = await choose(name, world, client, place, random)
          regrets.get(name)?.push(regretMs(world, client, choice.site))
          probes.get(name)?.push(choice.probes)
        }
      }
    }
    for (const name of cases) {
      const all = regrets.get(name) ?? []
      console.log(
        kind,
        name,
        mean(all).toFixed(2),
        over(all, 10).toFixed(2),
        over(all, 20).toFixed(2),
        percentile(all, 95).toFixed(2),
        percentile(all, 99).toFixed(1),
        mean(probes.get(name) ?? []).toFixed(2),
        Math.max(...(probes.get(name) ?? [])),
      )
      bench.row(`${name}/${kind}`, 'regretMeanMs', 'ms', mean(all))
    }
  }
}

const nowhere = { lat: 0, lon: 0 }
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const over = (values: readonly number[], ms: number): number =>
  (values.filter((value) => value > ms).length / values.length) * 100

async function choose(
  name: Case,
  world: World,
  client: number,
  place: never | ReturnType<typeof placeOf>,
  random: () => number,
): Promise<Choice> {
  switch (name) {
    case 'nearest':
      return nearestByPlace(world, client, place, 0, random)
    case 'nearest8Probe':
      return nearestByPlace(world, client, place, 8, random)
    case 'nearest16Probe':
      return nearestByPlace(world, client, place, 16, random)
    case 'ours':
      return ours(world, client, place, random)
    case 'oursHistory':
      return await oursWithHistory(world, client, place, random)
    case 'oracle': {
      const [best = -1] = [...reachable(world, client)].sort(
        (a, b) => regretMs(world, client, a) - regretMs(world, client, b),
      )
      return { site: best, probes: 0 }
    }
  }
}
