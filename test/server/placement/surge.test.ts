import { expect } from 'chai'
import fc from 'fast-check'
import { loadMs, pricedLoadMs } from '../../../server/placement/load.ts'
import {
  planSurge,
  type SurgeInput,
  type SurgePlan,
  type SurgeSite,
} from '../../../server/placement/surge.ts'

const siteIds = ['a', 'b', 'c']
const seatMs = ({ seats, priceMs }: SurgeSite, taken: number): number =>
  priceMs === null ? loadMs(taken / seats, taken / seats) : pricedLoadMs(priceMs, taken / seats)
const open = (id: string, seats: number, taken = 0): SurgeSite => ({ id, seats, taken, priceMs: null })

const still = (): number => 0
/** Says each time that another millisecond has passed. */
const ticking = (): (() => number) => {
  let nowMs = 0
  return () => nowMs++
}

function costOf({ players, sites }: SurgeInput, plan: SurgePlan): number {
  const taken = new Map(sites.map((site) => [site.id, site.taken]))
  let cost = 0
  for (const player of players) {
    const id = plan.placed.get(player.id)
    const site = sites.find((one) => one.id === id)
    if (id === undefined || site === undefined) continue
    cost += (player.costsMs.get(id) ?? Number.NaN) + seatMs(site, taken.get(id) ?? 0)
    taken.set(id, (taken.get(id) ?? 0) + 1)
  }
  return cost
}

/** Tries all ways to give each player a site or none: how many the most placed are, and what that costs at least. */
function best(input: SurgeInput): { readonly placed: number; readonly cost: number } {
  const { players } = input
  let found = { placed: 0, cost: 0 }
  const siteOf = new Map<string, string>()
  const room = new Map(input.sites.map(({ id, seats, taken }) => [id, seats - taken]))
  const from = (index: number): void => {
    const player = players[index]
    if (player === undefined) {
      const cost = costOf(input, { placed: siteOf, waiting: [], greedy: 0, tookMs: 0 })
      const better = siteOf.size > found.placed || (siteOf.size === found.placed && cost < found.cost)
      if (better) found = { placed: siteOf.size, cost }
      return
    }
    from(index + 1)
    for (const id of player.costsMs.keys()) {
      if ((room.get(id) ?? 0) <= 0) continue
      room.set(id, (room.get(id) ?? 0) - 1)
      siteOf.set(player.id, id)
      from(index + 1)
      siteOf.delete(player.id)
      room.set(id, (room.get(id) ?? 0) + 1)
    }
  }
  from(0)
  return found
}

const surge = (maxPlayers: number): fc.Arbitrary<SurgeInput> =>
  fc.record({
    nowMs: fc.constant(still),
    players: fc
      .array(fc.dictionary(fc.constantFrom(...siteIds), fc.nat(60)), { maxLength: maxPlayers })
      .map((drawn) =>
        drawn.map((costs, index) => ({ id: `p${index}`, costsMs: new Map(Object.entries(costs)) })),
      ),
    sites: fc
      .array(
        fc.record({ seats: fc.integer({ min: 1, max: 4 }), free: fc.nat(3), priceMs: fc.option(fc.nat(30)) }),
        {
          minLength: 3,
          maxLength: 3,
        },
      )
      .map((drawn) =>
        drawn.map(({ seats, free, priceMs }, index) => ({
          priceMs,
          id: siteIds[index] ?? '',
          seats,
          taken: Math.max(0, seats - free),
        })),
      ),
  })

describe('a surge', () => {
  it('is placed as well as the best of all assignments, with as many seated as can be', () => {
    fc.assert(
      fc.property(surge(5), (input) => {
        const plan = planSurge(input)
        const { placed, cost } = best(input)
        expect(plan.placed.size).to.equal(placed)
        if (plan.waiting.length === 0) expect(costOf(input, plan)).to.be.closeTo(cost, 1e-3)
      }),
      { numRuns: 400 },
    )
  })

  it('seats nobody twice, nobody beyond the seats, and nobody where they cannot be served, in time or not', () => {
    fc.assert(
      fc.property(surge(12), fc.nat(12), fc.nat(14), (input, budgetMs, maxBatch) => {
        const plan = planSurge({ ...input, budgetMs, maxBatch, nowMs: ticking() })
        expect([...plan.placed.keys(), ...plan.waiting].sort()).to.deep.equal(
          input.players.map(({ id }) => id).sort(),
        )
        for (const { id, seats, taken } of input.sites) {
          const here = input.players.filter((player) => plan.placed.get(player.id) === id)
          expect(taken + here.length).to.be.at.most(Math.max(seats, taken))
          for (const player of here) expect(player.costsMs.has(id)).to.equal(true)
        }
      }),
    )
  })

  const crowd = (count: number): SurgeInput['players'] =>
    Array.from({ length: count }, (_, index) => ({ id: `p${index}`, costsMs: new Map([['a', 50 - index]]) }))

  it('lets those who came first have the seats where seats are short', () => {
    const plan = planSurge({ players: crowd(5), sites: [open('a', 3)], nowMs: still })
    expect([...plan.placed.keys()]).to.deep.equal(['p0', 'p1', 'p2'])
    expect(plan.waiting).to.deep.equal(['p3', 'p4'])
  })

  it('goes on one by one when the time is up, and says for how many', () => {
    const plan = planSurge({
      players: crowd(20),
      sites: [open('a', 30)],
      nowMs: ticking(),
      budgetMs: 8,
    })
    expect(plan.placed.size).to.equal(20)
    expect(plan.greedy).to.equal(13)
  })

  it('leaves those beyond the batch for the next round', () => {
    const sites = [open('a', 30)]
    const plan = planSurge({ players: crowd(7), sites, nowMs: still, maxBatch: 5 })
    expect(plan.waiting).to.deep.equal(['p5', 'p6'])
  })

  it('spares the seat of somebody who has no other, where greed would not', () => {
    const players = [
      {
        id: 'anywhere',
        costsMs: new Map([
          ['a', 10],
          ['b', 12],
        ]),
      },
      {
        id: 'onlyHere',
        costsMs: new Map([
          ['a', 10],
          ['b', 90],
        ]),
      },
    ]
    const sites = [open('a', 1), open('b', 1)]
    const { placed } = planSurge({ players, sites, nowMs: still })
    expect(Object.fromEntries(placed)).to.deep.equal({ anywhere: 'b', onlyHere: 'a' })
  })

  it('of a thousand players over a hundred sites is planned within its budget', () => {
    const sites = Array.from({ length: 100 }, (_, index) => open(`s${index}`, 40, 20 + (index % 17)))
    const players = Array.from({ length: 1000 }, (_, player) => ({
      id: `p${player}`,
      costsMs: new Map(sites.map(({ id }, index) => [id, 20 + ((player * 7 + index * 13) % 101)])),
    }))
    const plan = planSurge({ players, sites, nowMs: () => performance.now() })
    expect(plan.placed.size).to.equal(1000)
    expect(plan.tookMs).to.be.below(1000)
  })
})
