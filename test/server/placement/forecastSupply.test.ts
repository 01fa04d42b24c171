import { expect } from 'chai'
import { adviseCapacity, type SupplySite, supplyAgainst } from '../../../server/placement/forecastSupply.ts'

const place = (id: string, sessions: number, ways: Readonly<Record<string, number>>) => ({
  id,
  sessions,
  rttMs: new Map(Object.entries(ways)),
})
const site = (id: string, seats: number, mayGrowBy = 100): SupplySite => ({ id, seats, mayGrowBy })
const tenSeats = { stepSeats: 10, steps: 1 }

describe('supply against demand', () => {
  it('is short where the expected do not fit, tight where a good hour would not', () => {
    const hour = { hour: 1, expected: 80, low: 70, high: 95.2 }
    expect(supplyAgainst([hour], 100)[0]).to.include({ state: 'enough', missing: 0 })
    expect(supplyAgainst([hour], 90)[0]).to.include({ state: 'tight', missing: 6 })
    expect(supplyAgainst([hour], 75)[0]).to.include({ state: 'short', missing: 21 })
  })
})

describe('capacity is to be added', () => {
  it('nowhere while nobody waits or has a longer way than need be', () => {
    const places = [place('north', 10, { oslo: 5, rome: 40 })]
    expect(adviseCapacity(places, [site('oslo', 10), site('rome', 10)], tenSeats)).to.deep.equal([])
  })

  it('where it ends the most waiting, which counts before any way', () => {
    const places = [
      place('north', 30, { oslo: 5 }),
      place('south', 20, { rome: 5, oslo: 300 }),
      place('east', 10, { rome: 90, riga: 5 }),
    ]
    const sites = [site('oslo', 15), site('rome', 40), site('riga', 0)]
    expect(adviseCapacity(places, sites, tenSeats)).to.deep.equal([
      {
        siteId: 'oslo',
        seats: 10,
        savedQueueMinutesPerHour: 600,
        savedRttMs: (10 * 90 + 35 * 5) / 45 - (10 * 90 + 45 * 5) / 55,
      },
    ])
  })

  it('then where ways become shortest for the most, at a site that need not exist yet', () => {
    const places = [place('north', 20, { oslo: 5, rome: 45 }), place('east', 20, { rome: 90, riga: 20 })]
    const sites = [site('oslo', 15), site('rome', 40), site('riga', 0)]
    const [first, second] = adviseCapacity(places, sites, { stepSeats: 10, steps: 3 })
    expect(first).to.include({ siteId: 'riga', seats: 20, savedQueueMinutesPerHour: 0 })
    expect(first?.savedRttMs).to.be.closeTo((20 * 70) / 40, 1e-9)
    expect(second).to.include({ siteId: 'oslo', seats: 10 })
    expect(second?.savedRttMs).to.be.closeTo((5 * 40) / 40, 1e-9)
  })

  it('not beyond what a site can take', () => {
    const places = [place('north', 50, { oslo: 5, rome: 45 })]
    const sites = [site('oslo', 10, 15), site('rome', 100, 0)]
    const advice = adviseCapacity(places, sites, { stepSeats: 10, steps: 9 })
    expect(advice.map(({ siteId, seats }) => [siteId, seats])).to.deep.equal([['oslo', 15]])
  })

  it('over the chain that it frees: seats in one place may help another', () => {
    // South is served from Oslo's neighbour only because north fills it: new seats in the north shorten the way of the south.
    const places = [place('north', 10, { oslo: 10, bonn: 12 }), place('south', 10, { bonn: 10, rome: 80 })]
    const sites = [site('oslo', 0), site('bonn', 10), site('rome', 10, 0)]
    const [first] = adviseCapacity(
      places,
      sites.map((one) => (one.id === 'bonn' ? { ...one, mayGrowBy: 0 } : one)),
      tenSeats,
    )
    expect(first).to.include({ siteId: 'oslo', seats: 10 })
  })
})
