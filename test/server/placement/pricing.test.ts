import { expect } from 'chai'
import fc from 'fast-check'
import { decide } from '../../../server/placement/decide.ts'
import { metrosOf, type SiteSupply } from '../../../server/placement/metros.ts'
import { createPricing, type Pricing } from '../../../server/placement/pricing.ts'
import { createMesh } from '../../../server/placement/routing/mesh.ts'
import { inSlices, toEnd } from '../../../server/placement/steps.ts'
import { nodeOf } from '../support/nodes.ts'

const minute = 60_000
type Ways = Readonly<Record<string, number>>
const at = (id: string, seats: number, seatsFree: number): SiteSupply => ({
  id,
  lat: null,
  lon: null,
  seats,
  seatsFree,
})

/** Requests evenly over five minutes, then new prices. */
function priced(
  supply: readonly SiteSupply[],
  asking: readonly { readonly ways: Ways; readonly players: number }[],
  mesh = createMesh({ now: () => 0 }),
): Pricing {
  let nowMs = 0
  const pricing = createPricing({ supply: () => supply, mesh, clock: { now: () => nowMs } })
  const most = Math.max(...asking.map(({ players }) => players))
  for (let turn = 0; turn < most; turn++) {
    nowMs = (turn / most) * 5 * minute
    for (const { ways, players } of asking) if (turn < players) pricing.asked(new Map(Object.entries(ways)))
  }
  nowMs = 5 * minute
  toEnd(pricing.renew())
  return pricing
}

/** Where somebody goes, by the product's decision: one node a site. */
function goesTo(pricing: Pricing, supply: readonly SiteSupply[], ways: Ways): string | null {
  const { chosenNodeId } = decide({
    sessionId: 's',
    nowMs: 0,
    title: { id: 'game', latencyBudgetMs: null, allow: null },
    codecs: ['h264'],
    displayIntervalMs: 10,
    nodes: supply.map(({ id, seats, seatsFree }) => nodeOf(id, { siteId: id, seats, seatsFree })),
    sites: new Map(
      supply.map(({ id, seats, seatsFree }) => {
        const rtt = { rttMs: ways[id] ?? null, source: 'probe', uncertaintyMs: 0 } as const
        const use = 1 - seatsFree / seats
        return [id, { rtt, distanceKm: null, silent: false, use, priceMs: pricing.of(id) }]
      }),
    ),
    refusedBy: new Set(),
    qualityMs: new Map(),
    warm: new Set(),
    last: null,
  })
  return chosenNodeId
}

describe('prices in the decision', () => {
  const supply = [at('town', 100, 60), at('beside', 400, 400), at('island', 100, 90)]
  const flexible = { town: 5, beside: 12, island: 95 }
  const bound = { island: 4, town: 8, beside: 90 }
  const crowd = [
    { ways: flexible, players: 120 },
    { ways: { ...bound, town: 3, island: 60 }, players: 60 },
  ]

  it('move the player whose next best is near, and not the one whose next best is far', () => {
    const pricing = priced(supply, crowd)
    expect(pricing.of('town')).to.be.above(0)
    expect(pricing.of('beside')).to.equal(0)
    expect(goesTo(pricing, supply, flexible)).to.equal('beside')
    expect(goesTo(pricing, supply, { town: 5, beside: 300, island: 300 })).to.equal('town')
  })

  it('are nothing where seats will be left for all who are expected', () => {
    const roomy = supply.map(({ id }) => at(id, 5000, 5000))
    const pricing = priced(roomy, crowd)
    for (const { id } of roomy) expect(pricing.of(id)).to.equal(0)
  })

  it('are unknown while too few have asked, and again when nobody has asked for long; then the convex load term stands', () => {
    const few = priced(supply, [{ ways: flexible, players: 5 }])
    expect(few.of('town')).to.equal(null)
    const almostFull = [at('town', 100, 1), at('beside', 400, 400)]
    expect(goesTo(few, almostFull, flexible)).to.equal('beside')
    let nowMs = 0
    const quiet = createPricing({
      supply: () => supply,
      mesh: createMesh({ now: () => 0 }),
      clock: { now: () => nowMs },
    })
    for (let player = 0; player < 100; player++) quiet.asked(new Map(Object.entries(flexible)))
    toEnd(quiet.renew())
    expect(quiet.of('town')).to.be.above(0)
    nowMs = 60 * minute
    toEnd(quiet.renew())
    expect(quiet.of('town')).to.equal(null)
  })

  it('say nothing where all seats are as scarce: the one site of a network costs nothing', () => {
    const pricing = priced([at('town', 10, 1)], [{ ways: { town: 5 }, players: 180 }])
    expect(pricing.of('town')).to.equal(0)
  })

  it('take what no player believes of a way from the mesh', () => {
    const mesh = createMesh({ now: () => 0 })
    mesh.record('town', 'beside', 7, 0)
    mesh.record('town', 'island', 90, 0)
    const pricing = priced(supply, [{ ways: { town: 5 }, players: 180 }], mesh)
    expect(pricing.of('town')).to.equal(7)
  })

  it('still count players whose nearest site is gone: where their next one is', () => {
    const pricing = priced(
      [at('beside', 100, 60), at('island', 400, 400)],
      [{ ways: flexible, players: 200 }],
    )
    expect(pricing.of('beside')).to.equal(83)
  })

  it('follow how long sessions have lasted', () => {
    const tight = [at('town', 250, 250), at('beside', 400, 400)]
    const clock = { now: () => 0 }
    const pricing = createPricing({ supply: () => tight, mesh: createMesh(clock), clock })
    for (let player = 0; player < 30; player++) pricing.asked(new Map(Object.entries(flexible)))
    toEnd(pricing.renew())
    expect(pricing.of('town')).to.be.above(0)
    for (let session = 0; session < 500; session++) pricing.played(2 * minute)
    toEnd(pricing.renew())
    expect(pricing.of('town')).to.equal(0)
  })

  it('are the same for the same requests, whatever the order of the sites, and always between 0 and half a second', () => {
    const anySupply = fc.uniqueArray(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), seats: fc.nat(60), taken: fc.nat(60) }),
      { selector: ({ id }) => id },
    )
    const anyAsking = fc.array(
      fc.record({
        ways: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'gone'), fc.integer({ min: 1, max: 300 })),
        players: fc.nat(60),
      }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(anySupply, anyAsking, (drawn, asking) => {
        const sites = drawn.map(({ id, seats, taken }) => at(id, seats, Math.max(0, seats - taken)))
        const [one, other] = [priced(sites, asking), priced(sites.toReversed(), asking)]
        for (const { id } of sites) {
          expect(one.of(id)).to.equal(other.of(id))
          if (one.of(id) !== null) expect(one.of(id)).to.be.within(0, 500)
        }
      }),
    )
  })
})

describe('metros', () => {
  const sites = Array.from({ length: 60 }, (_, index) => ({
    ...at(`s${String(index).padStart(2, '0')}`, index, 1),
    lat: Math.floor(index / 10) * 0.3,
    lon: (index % 10) * 0.3,
  }))

  it('are the sites themselves while there are few', () => {
    expect(metrosOf(sites, 60).map(({ id, siteIds }) => [id, ...siteIds])).to.deep.equal(
      sites.map(({ id }) => [id, id]),
    )
  })

  it('are at most as many as wanted, hold each site once with its seats, and are called after the largest', () => {
    const metros = metrosOf(sites.toReversed(), 10)
    expect(metros.length).to.be.within(2, 10)
    expect(metros).to.deep.equal(
      metrosOf(sites, 10).map((metro) => ({ ...metro, siteIds: metro.siteIds.toReversed() })),
    )
    expect(metros.flatMap(({ siteIds }) => siteIds).sort()).to.deep.equal(sites.map(({ id }) => id))
    expect(metros.reduce((sum, { seats }) => sum + seats, 0)).to.equal((59 * 60) / 2)
    for (const { id, siteIds } of metros) expect(siteIds.toSorted().at(-1)).to.equal(id)
  })
})

describe('work in slices', () => {
  function* counting(): Generator<void, number, void> {
    for (let step = 0; step < 10; step++) yield
    return 10
  }

  it('rests when a slice is over, and ends early when told to', async () => {
    let nowMs = 0
    let rests = 0
    const rest = async (): Promise<void> => {
      rests += 1
    }
    expect(
      await inSlices(
        counting(),
        () => nowMs++,
        rest,
        () => true,
      ),
    ).to.equal(10)
    expect(rests).to.be.within(2, 6)
    expect(
      await inSlices(
        counting(),
        () => nowMs++,
        rest,
        () => false,
      ),
    ).to.equal(null)
  })
})
