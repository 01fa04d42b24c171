import { expect } from 'chai'
import fc from 'fast-check'
import { distanceKm, type Point } from '../../../server/placement/distance.ts'
import { meshTable, type MeshTable } from '../../../server/placement/routing/meshTable.ts'
import { expectedImprovement, normalCdf } from '../../../server/placement/routing/normal.ts'
import { estimates, firstRound, nextRound } from '../../../server/placement/routing/rounds.ts'
import type { ClientHistory, SiteRtt, Whereabouts } from '../../../server/placement/routing/types.ts'
import { seeded } from '../../bench/routing/random.ts'

/** A world in which paths follow the great circle, but for a detour of each host. */
const rttOf = (a: Point, b: Point, detourMs = 0): number => 1 + distanceKm(a, b) / 60 + detourMs

function world(count: number, seed: number): { table: MeshTable; at: ReadonlyMap<string, Point> } {
  const random = seeded(seed)
  const sites = Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    lat: random() * 100 - 45,
    lon: random() * 340 - 170,
  }))
  const at = new Map<string, Point>(sites.map((site) => [site.id, site]))
  const mesh = {
    rttMs: (a: string, b: string) => rttOf(at.get(a) ?? nowhere, at.get(b) ?? nowhere),
    record: () => {},
  }
  return { table: meshTable(sites, mesh), at }
}

const nowhere = { lat: 0, lon: 0 }
const nobody: ClientHistory = new Map()
const open: ReadonlySet<string> = new Set()
const placed = (point: Point, accuracyKm = 10): Whereabouts => ({ ...point, accuracyKm })

interface Play {
  readonly rounds: readonly (readonly string[])[]
  readonly probed: readonly SiteRtt[]
}

/** Probes as the router says until it says no more. */
function play(
  table: MeshTable,
  measure: (siteId: string) => number | null,
  place: Whereabouts | null,
  history = nobody,
  closed = open,
): Play {
  const probed: SiteRtt[] = []
  const unanswered: string[] = []
  const rounds: (readonly string[])[] = []
  const input = { table, place, history, budget: 16, closed }
  for (let named = firstRound(input); named.length > 0; named = nextRound({ ...input, probed, unanswered })) {
    rounds.push(named)
    for (const siteId of named) {
      const rttMs = measure(siteId)
      if (rttMs === null) unanswered.push(siteId)
      else probed.push({ siteId, rttMs, jitterMs: 0.2 })
    }
  }
  return { rounds, probed }
}

describe('the rounds of probes', () => {
  const player = fc.record({
    seed: fc.integer({ min: 1, max: 1000 }),
    lat: fc.double({ min: -40, max: 50, noNaN: true }),
    lon: fc.double({ min: -170, max: 170, noNaN: true }),
    wrong: fc.boolean(),
    known: fc.boolean(),
    lostEvery: fc.integer({ min: 2, max: 9 }),
  })

  it('name at most 16 sites in at most three rounds, none twice and none that is closed', () => {
    fc.assert(
      fc.property(player, ({ seed, lat, lon, known, lostEvery }) => {
        const { table, at } = world(40, seed)
        const closed = new Set(['s1', 's2', 's3'])
        let sent = 0
        const { rounds } = play(
          table,
          (siteId) => (++sent % lostEvery === 0 ? null : rttOf(at.get(siteId) ?? nowhere, { lat, lon }, 9)),
          known ? placed({ lat, lon }) : null,
          nobody,
          closed,
        )
        const named = rounds.flat()
        expect(named.length).to.be.within(1, 16)
        expect(new Set(named).size).to.equal(named.length)
        expect(named.some((id) => closed.has(id))).to.equal(false)
        expect(rounds.length).to.be.at.most(3)
      }),
      { numRuns: 40 },
    )
  })

  it('find a site as good as the best wherever the player is, with a wrong place and with none', () => {
    fc.assert(
      fc.property(player, ({ seed, lat, lon, known, wrong }) => {
        const { table, at } = world(80, seed)
        const place = placed(wrong ? { lat: -lat, lon: -lon } : { lat, lon })
        const truth = (siteId: string): number => rttOf(at.get(siteId) ?? nowhere, { lat, lon }, 6)
        const { probed } = play(table, truth, known ? place : null)
        const best = Math.min(...table.sites.map(({ id }) => truth(id)))
        expect(Math.min(...probed.map(({ rttMs }) => rttMs))).to.be.at.most(best + 8)
      }),
      { numRuns: 40 },
    )
  })

  it('spend the first one on sites far apart when the place is unknown or vague, and nearby when it is known', () => {
    const { table, at } = world(80, 7)
    const here = { lat: 40, lon: 10 }
    const mean = (place: Whereabouts | null): number => {
      const ids = firstRound({ table, place, history: nobody, budget: 16, closed: open })
      return ids.reduce((sum, id) => sum + distanceKm(at.get(id) ?? nowhere, here), 0) / ids.length
    }
    const knownKm = mean(placed(here))
    expect(mean(null)).to.be.greaterThan(1.5 * knownKm)
    expect(mean(placed(here, 200))).to.be.greaterThan(1.2 * knownKm)
  })

  it('probe every site of a small network at once', () => {
    const { table } = world(9, 3)
    expect(
      firstRound({ table, place: null, history: nobody, budget: 16, closed: new Set(['s4']) }),
    ).to.have.length(8)
  })

  it('end when nothing came back, so that a browser without UDP does not wait for more', () => {
    const { table } = world(40, 3)
    expect(play(table, () => null, null).rounds).to.have.length(1)
  })

  it('take fewer probes with history, and none when it is fresh and sure', () => {
    const { table, at } = world(60, 11)
    const here = { lat: 45, lon: 5 }
    const truth = (siteId: string): number => rttOf(at.get(siteId) ?? nowhere, here, 5)
    const first = play(table, truth, placed(here))
    const remembered = (uncertaintyMs: number): ClientHistory =>
      new Map(first.probed.map(({ siteId, rttMs }) => [siteId, { rttMs, uncertaintyMs }]))
    const again = play(table, truth, placed(here), remembered(2))
    expect(again.probed.length).to.be.at.most(first.probed.length / 2)
    expect(play(table, truth, placed(here), remembered(0.2)).probed).to.have.length(0)
  })

  it('do not depend on anything but what they are given', () => {
    const input = { place: placed(nowhere), history: nobody, budget: 16, closed: open }
    const ask = (): readonly string[] => firstRound({ ...input, table: world(60, 5).table })
    expect(ask()).to.deep.equal(ask())
  })

  it('weigh a network of 3,000 sites in milliseconds, not minutes', () => {
    const { table, at } = world(3000, 5)
    const here = { lat: 48, lon: 9 }
    const { probed } = play(table, (siteId) => rttOf(at.get(siteId) ?? nowhere, here), placed(here))
    const best = Math.min(...table.sites.map(({ id }) => rttOf(at.get(id) ?? nowhere, here)))
    expect(Math.min(...probed.map(({ rttMs }) => rttMs))).to.be.at.most(best + 2)
  })
})

describe('estimates', () => {
  const { table, at } = world(60, 21)
  const here = { lat: 45, lon: 5 }
  const truth = (siteId: string): number => rttOf(at.get(siteId) ?? nowhere, here, 5)
  const probed = play(table, truth, placed(here)).probed

  it('say where each figure comes from', () => {
    const [first] = probed
    const history: ClientHistory = new Map([['s0', { rttMs: truth('s0'), uncertaintyMs: 1 }]])
    const sources = (input: Partial<Parameters<typeof estimates>[0]>): ReadonlySet<string> =>
      new Set(
        [...estimates({ table, place: null, history: nobody, probed: [], ...input }).values()].map(
          ({ source }) => source,
        ),
      )
    expect(estimates({ table, place: null, history: nobody, probed }).get(first?.siteId ?? '')).to.include({
      rttMs: first?.rttMs,
      source: 'probe',
    })
    expect([...sources({})]).to.deep.equal(['unknown'])
    expect([...sources({ place: placed(here) })]).to.deep.equal(['prior'])
    expect([...sources({ probed })].sort()).to.deep.equal(['mesh', 'probe'])
    expect([...sources({ history })].sort()).to.deep.equal(['history', 'mesh'])
  })

  it('of sites that were not probed come near the truth through the mesh, and say how near', () => {
    const made = estimates({ table, place: placed(here), history: nobody, probed })
    const off = [...made]
      .filter(([, { source }]) => source === 'mesh')
      .map(([siteId, { rttMs, uncertaintyMs }]) => ({
        share: Math.abs((rttMs ?? 0) / truth(siteId) - 1),
        sigmas: Math.abs((rttMs ?? 0) - truth(siteId)) / uncertaintyMs,
      }))
    expect(off.reduce((sum, { share }) => sum + share, 0) / off.length).to.be.lessThan(0.15)
    expect(off.filter(({ sigmas }) => sigmas < 3).length / off.length).to.be.greaterThan(0.9)
  })
})

describe('the normal distribution', () => {
  it('is that of the tables', () => {
    for (const [z, expected] of [
      [0, 0.5],
      [1, 0.841345],
      [-1.96, 0.024998],
      [4, 0.999968],
    ] as const)
      expect(normalCdf(z)).to.be.closeTo(expected, 1e-6)
  })

  it('gives the improvement to expect as drawing it does', () => {
    const random = seeded(5)
    const draws = Array.from({ length: 20_000 }, () => {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
      return Math.max(0, 30 - Math.exp(3.3 + 0.4 * normal))
    })
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
    expect(expectedImprovement(30, 3.3, 0.16)).to.be.closeTo(mean, 0.15)
  })
})
