import { expect } from 'chai'
import fc from 'fast-check'
import {
  type SeatBlock,
  solveTransport,
  type TransportPlan,
  type TransportProblem,
} from '../../../server/placement/transport.ts'

const siteCount = (problem: TransportProblem): number => problem.seats.length

/** Cost of taking this many seats, the cheapest first; Infinity when there are not as many. */
function seatsCost(blocks: readonly SeatBlock[], taken: number): number {
  const each = blocks.flatMap(({ seats, costMs }) => Array.from({ length: seats }, () => costMs))
  return taken > each.length
    ? Number.POSITIVE_INFINITY
    : each.slice(0, taken).reduce((sum, costMs) => sum + costMs, 0)
}

function costOf(problem: TransportProblem, { placed, left }: TransportPlan): number {
  const sites = siteCount(problem)
  let cost = 0
  for (const [group, leaveMs] of problem.leaveMs.entries()) cost += leaveMs * (left[group] ?? 0)
  for (const [index, count] of placed.entries()) if (count > 0) cost += count * (problem.costsMs[index] ?? 0)
  for (const [site, blocks] of problem.seats.entries()) {
    const taken = problem.counts.reduce((sum, _, group) => sum + (placed[group * sites + site] ?? 0), 0)
    cost += seatsCost(blocks, taken)
  }
  return cost
}

/** Tries every choice of every single player. */
function leastCost(problem: TransportProblem): number {
  const sites = siteCount(problem)
  const players = problem.counts.flatMap((count, group) => Array.from({ length: count }, () => group))
  const taken = new Array<number>(sites).fill(0)
  const from = (index: number): number => {
    const group = players[index]
    if (group === undefined)
      return problem.seats.reduce((sum, blocks, site) => sum + seatsCost(blocks, taken[site] ?? 0), 0)
    let best = (problem.leaveMs[group] ?? 0) + from(index + 1)
    for (let site = 0; site < sites; site++) {
      taken[site] = (taken[site] ?? 0) + 1
      best = Math.min(best, (problem.costsMs[group * sites + site] ?? 0) + from(index + 1))
      taken[site] = (taken[site] ?? 0) - 1
    }
    return best
  }
  return from(0)
}

const blocks = fc
  .array(fc.record({ seats: fc.nat(2), costMs: fc.nat(20) }), { maxLength: 2 })
  .map((drawn) => drawn.toSorted((a, b) => a.costMs - b.costMs))
const cost = fc.oneof(
  { weight: 6, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
)
const smallProblem: fc.Arbitrary<TransportProblem> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .chain(([groups, sites]) =>
    fc.record({
      counts: fc.array(fc.nat(2), { minLength: groups, maxLength: groups }),
      costsMs: fc
        .array(cost, { minLength: groups * sites, maxLength: groups * sites })
        .map((drawn) => Float64Array.from(drawn)),
      seats: fc.array(blocks, { minLength: sites, maxLength: sites }),
      leaveMs: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: groups, maxLength: groups }),
    }),
  )

describe('min-cost flow of players to seats', () => {
  it('costs as little as the best of all assignments', () => {
    fc.assert(
      fc.property(smallProblem, (problem) => {
        expect(costOf(problem, solveTransport(problem))).to.be.closeTo(leastCost(problem), 1e-6)
      }),
      { numRuns: 600 },
    )
  })

  it('sends nobody where there is no seat or no way, and counts everybody once', () => {
    fc.assert(
      fc.property(smallProblem, (problem) => {
        const plan = solveTransport(problem)
        const sites = siteCount(problem)
        for (const [group, count] of problem.counts.entries()) {
          const placed = [...plan.placed.subarray(group * sites, (group + 1) * sites)]
          expect(placed.reduce((sum, one) => sum + one, plan.left[group] ?? 0)).to.equal(count)
          expect(Math.min(0, ...placed)).to.equal(0)
        }
        expect(costOf(problem, plan)).to.be.lessThan(Number.POSITIVE_INFINITY)
      }),
    )
  })

  it('prices a full site at what one more seat there would save', () => {
    const problem = (seatsAtA: number): TransportProblem => ({
      counts: [3],
      costsMs: Float64Array.from([10, 42]),
      seats: [[{ seats: seatsAtA, costMs: 0 }], [{ seats: 9, costMs: 0 }]],
      leaveMs: [1000],
    })
    const saved =
      costOf(problem(2), solveTransport(problem(2))) - costOf(problem(3), solveTransport(problem(3)))
    expect(solveTransport(problem(2)).pricesMs[0]).to.equal(saved)
    expect(solveTransport(problem(4)).pricesMs[0]).to.equal(0)
  })

  it('leaves out whoever comes after time has run out, and keeps the rest placed', () => {
    let paths = 0
    const plan = solveTransport(
      {
        counts: [1, 1, 1],
        costsMs: Float64Array.from([1, 2, 1, 9, 1, 5]),
        seats: [[{ seats: 1, costMs: 0 }], [{ seats: 5, costMs: 0 }]],
        leaveMs: [100, 100, 100],
      },
      () => paths++ < 2,
    )
    expect(plan.complete).to.equal(false)
    expect([...plan.left]).to.deep.equal([0, 0, 1])
    expect([...plan.placed]).to.deep.equal([0, 1, 1, 0, 0, 0])
  })
})
