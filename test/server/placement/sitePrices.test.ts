import { expect } from 'chai'
import { createArrivalRates } from '../../../server/placement/arrivalRates.ts'
import { pricedLoadMs } from '../../../server/placement/load.ts'
import { type PricesInput, priceSteps, type SeatsOfSite } from '../../../server/placement/sitePrices.ts'
import { toEnd } from '../../../server/placement/steps.ts'

const minute = 60_000
const meanSessionMs = 45 * minute
const ways = (costs: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(costs))
const sitePrices = (input: PricesInput): ReadonlyMap<string, number> => toEnd(priceSteps(input))
const prices = (sites: readonly SeatsOfSite[], perMinute = { flexible: 10, bound: 10 }) =>
  sitePrices({
    places: [
      { perMinute: perMinute.flexible, costsMs: ways({ near: 10, far: 15 }) },
      { perMinute: perMinute.bound, costsMs: ways({ near: 10, far: 90 }) },
    ],
    sites,
    meanSessionMs,
  })

describe('the price of a seat', () => {
  it('is nothing while there will be seats for all who are expected', () => {
    const found = prices([
      { id: 'near', seats: 500, taken: 0 },
      { id: 'far', seats: 500, taken: 0 },
    ])
    expect(Object.fromEntries(found)).to.deep.equal({ near: 0, far: 0 })
  })

  it('sends those elsewhere who lose least, before the site is full', () => {
    const near = prices([
      { id: 'near', seats: 120, taken: 0 },
      { id: 'far', seats: 500, taken: 0 },
    ]).get('near')
    expect(near).to.be.within(5, 80)
  })

  it('counts the seats that players will have left by then', () => {
    const sites = (taken: number): SeatsOfSite[] => [
      { id: 'near', seats: 250, taken },
      { id: 'far', seats: 500, taken: 0 },
    ]
    // Ten minutes of twenty players each, of whom 180 still play at the end, beside 200 x exp(-10 / 45) = 160 of those that play now.
    expect(prices(sites(200)).get('near')).to.be.above(0)
    expect(prices(sites(80)).get('near')).to.equal(0)
  })

  it('is finite everywhere, also where nobody asks, no seat is left, or there is no site', () => {
    const found = prices([{ id: 'near', seats: 0, taken: 0 }], { flexible: 100, bound: 0 })
    expect(found.get('near')).to.equal(490)
    expect(
      sitePrices({ places: [], sites: [{ id: 'near', seats: 1, taken: 0 }], meanSessionMs }).get('near'),
    ).to.equal(0)
    expect(prices([]).size).to.equal(0)
  })

  it('is, where every seat will be taken, what one more there would save', () => {
    const sites = [
      { id: 'near', seats: 0, taken: 0 },
      { id: 'far', seats: 500, taken: 0 },
    ]
    expect(prices(sites).get('near')).to.equal(80)
    expect(prices(sites, { flexible: 10, bound: 0 }).get('near')).to.equal(5)
  })

  it('counts many small places as much as one that is as large as all of them', () => {
    const costsMs = ways({ near: 10, far: 15 })
    const sites = [
      { id: 'near', seats: 20, taken: 0 },
      { id: 'far', seats: 500, taken: 0 },
    ]
    const small = Array.from({ length: 100 }, () => ({ perMinute: 0.04, costsMs }))
    expect(sitePrices({ places: small, sites, meanSessionMs }).get('near')).to.equal(5)
  })

  it('makes the load term, with a little more for the fuller of two equals', () => {
    expect(pricedLoadMs(7, 0)).to.equal(7)
    expect(pricedLoadMs(7, 0.9)).to.be.above(pricedLoadMs(7, 0.8))
    expect(pricedLoadMs(7, 1)).to.be.below(10)
  })
})

describe('the rate of arrivals', () => {
  const counted = (perMinute: number, minutes: number) => {
    const rates = createArrivalRates(0)
    for (let index = 0; index < perMinute * minutes; index++)
      rates.record('here', (index / perMinute) * minute)
    return rates
  }

  it('is right after three minutes and after three hours', () => {
    expect(
      counted(20, 3)
        .at(3 * minute)
        .get('here'),
    ).to.be.closeTo(20, 1.5)
    expect(
      counted(20, 180)
        .at(180 * minute)
        .get('here'),
    ).to.be.closeTo(20, 1)
  })

  it('fades when nobody comes any more, until the place is forgotten', () => {
    const rates = counted(20, 60)
    expect(rates.at(75 * minute).get('here')).to.be.closeTo(20 / Math.E, 1)
    expect(rates.at(600 * minute).size).to.equal(0)
  })
})
