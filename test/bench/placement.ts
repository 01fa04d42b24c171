import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createGeoPrior } from '../../server/placement/geoPrior.ts'
import { openPgliteStore } from '../../server/store/pgliteStore.ts'
import { seededRandom } from '../link/random.ts'
import { createAudit } from './placement/audit.ts'
import { measureDecisions } from './placement/decisions.ts'
import { makePlayers } from './placement/players.ts'
import { countLost, makeReservations } from './placement/reservations.ts'
import { buildWorld, openIndex, type WorldShape } from './placement/world.ts'
import { type BenchRun, percentile } from './report.ts'

const seatsPerNode = 4
const fill = 0.7

/**
 * `--nodes 43000 --sites 5000`: the fleet. `--decisions N`, `--reservations N` by `--clients N`. `--seed N`.
 * Decisions: address → place (geoip-lite) → candidates → choice, with two changes of the fleet for each. Reservations: the same, and
 * each step of each session on disk, with nodes that refuse, fall silent and die; then the store is opened anew and compared.
 */
export async function run(bench: BenchRun): Promise<void> {
  const number = (name: string, standard: number): number => {
    const value = Number(bench.options[name] ?? standard)
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a number above 0.`)
    return value
  }
  const shape: WorldShape = {
    nodes: number('nodes', 43_000),
    sites: number('sites', 5000),
    seatsPerNode,
    fill,
  }
  const [decisions, reservations, clients] = [
    number('decisions', 200_000),
    number('reservations', 20_000),
    number('clients', 64),
  ]
  const random = seededRandom(number('seed', 1))
  const prior = createGeoPrior()
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-placement-'))
  try {
    const world = await buildWorld(shape, prior, random, bench.progress)
    bench.progress('players')
    const players = await makePlayers(20_000, world, prior, random)

    bench.progress(`${decisions} decisions, with probes and without`)
    const unprobed = players.map((player) => ({ ...player, probes: [] }))
    for (const [name, asking] of [
      ['decide', players],
      ['decideByPlace', unprobed],
    ] as const) {
      const index = openIndex(world)
      await measureDecisions(Math.min(decisions, 20_000), index, asking, prior)
      const decided = await measureDecisions(decisions, index, asking, prior)
      const latencies = [...decided.latenciesMs]
      bench.row(name, 'decisionsPerSecond', '/s a core', decided.perCoreSecond, 20_000)
      bench.row(name, 'decisionsPerSecondByClock', '/s', decided.perSecond)
      bench.row(name, 'decisionP50Ms', 'ms', percentile(latencies, 50))
      bench.row(name, 'decisionP99Ms', 'ms', percentile(latencies, 99), 2)
      bench.row(name, 'candidatesMean', 'nodes', decided.candidatesMean)
      bench.row(name, 'placedPercent', '%', decided.placedPercent)
    }

    const audit = createAudit()
    const where = path.join(folder, 'store')
    const store = await openPgliteStore(where)
    let reserved: Awaited<ReturnType<typeof makeReservations>>
    try {
      const { progress } = bench
      reserved = await makeReservations({
        reservations,
        clients,
        world,
        players,
        store,
        prior,
        audit,
        random,
        progress,
      })
    } finally {
      await store.close()
    }
    const again = await openPgliteStore(where)
    try {
      const lost = await countLost(again, audit, bench.progress)
      bench.row('reserve', 'reservationsPerSecond', '/s', reservations / reserved.tookS, 3000)
      bench.row('reserve', 'reservations', 'count', audit.sessions.size)
      bench.row('reserve', 'doubleBooked', 'count', audit.doubleBooked, 0)
      bench.row('reserve', 'lost', 'count', lost, 0)
      bench.row('reserve', 'refusals', 'count', reserved.refusals)
      bench.row('reserve', 'nodesDied', 'count', reserved.nodesDied)
      bench.row('reserve', 'endedByDeath', 'count', reserved.endedByDeath)
    } finally {
      await again.close()
    }
  } finally {
    await prior.close()
    await rm(folder, { recursive: true, force: true })
  }
}
