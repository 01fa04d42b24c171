import { expect } from 'chai'
import { type DemandHistory, forecastDemand } from '../../../server/placement/forecast.ts'
import { type Random, seeded } from '../../bench/routing/random.ts'

const day = 24
const week = 7 * day

/** Knuth's way; fine for means up to some hundreds. */
function poisson(mean: number, random: Random): number {
  const least = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > least; count++) product *= random()
  return count
}

/** Quiet nights, busy evenings, twice as much on the last two days of seven. */
const usual = (hour: number): number =>
  (60 + 50 * Math.cos(((hour % day) - 20) * (Math.PI / 12))) * (Math.floor(hour / day) % 7 >= 5 ? 2 : 1)

function history(weeks: number, seed: number, meanAt: (hour: number) => number = usual): DemandHistory {
  const random = seeded(seed)
  return {
    firstHour: 0,
    sessions: Array.from({ length: weeks * week }, (_, hour) => poisson(meanAt(hour), random)),
  }
}

describe('the forecast of demand', () => {
  it('follows the hours of the week', () => {
    const forecast = forecastDemand(history(6, 1), week)
    expect(forecast.map(({ hour }) => hour - 6 * week)).to.deep.equal([...forecast.keys()])
    const misses = forecast.map(({ hour, expected }) => Math.abs(expected - usual(hour)) / usual(hour))
    expect(misses.reduce((sum, miss) => sum + miss, 0) / misses.length).to.be.below(0.1)
  })

  it('has bands that hold about four hours in five', () => {
    let within = 0
    const seeds = 40
    for (let seed = 0; seed < seeds; seed++) {
      const { sessions } = history(5, seed)
      const past = { firstHour: 0, sessions: sessions.slice(0, -day) }
      for (const { hour, low, high } of forecastDemand(past, day)) {
        const actual = sessions[hour] ?? Number.NaN
        if (actual >= low && actual <= high) within++
      }
    }
    expect(within / (seeds * day)).to.be.within(0.74, 0.88)
  })

  it('takes to a new level within half a day', () => {
    const doubledFrom = 6 * week - 12
    const doubled = (hour: number): number => usual(hour) * (hour >= doubledFrom ? 2 : 1)
    const [next] = forecastDemand(history(6, 3, doubled), 1)
    expect(next?.expected).to.be.within(doubled(6 * week) * 0.75, doubled(6 * week) * 1.25)
  })

  it('has wider bands after less regular weeks', () => {
    const random = seeded(4)
    const moods = Array.from({ length: 6 * 7 }, () => 0.5 + random())
    const moody = (hour: number): number => usual(hour) * (moods[Math.floor(hour / day)] ?? 1)
    const width = (past: DemandHistory): number => {
      const last = forecastDemand(past, day).at(-1)
      return last === undefined ? Number.NaN : (last.high - last.low) / last.expected
    }
    expect(width(history(6, 5, moody))).to.be.above(1.3 * width(history(6, 5)))
  })

  it('knows the hours of the day after two days, and a level before', () => {
    const evening = 20
    const night = 8
    const after = forecastDemand({ firstHour: 0, sessions: history(1, 6).sessions.slice(0, 4 * day) }, day)
    expect(after[evening]?.expected).to.be.above(4 * (after[night]?.expected ?? 0))
    const early = forecastDemand({ firstHour: 0, sessions: [10, 12, 11, null, 9] }, 3)
    expect(early.map(({ hour }) => hour)).to.deep.equal([5, 6, 7])
    for (const { expected, low, high } of early) {
      expect(expected).to.be.within(9, 12)
      expect(low).to.be.below(6)
      expect(high).to.be.above(15)
    }
  })

  it('bridges hours that nobody counted, and says nothing where nothing was', () => {
    const { sessions } = history(5, 7)
    const gappy = sessions.map((value, hour) => (hour % 5 === 0 || hour > 5 * week - 8 ? null : value))
    const misses = forecastDemand({ firstHour: 0, sessions: gappy }, day).map(
      ({ hour, expected }) => Math.abs(expected - usual(hour)) / usual(hour),
    )
    expect(misses.reduce((sum, miss) => sum + miss, 0) / day).to.be.below(0.15)
    expect(forecastDemand({ firstHour: 0, sessions: [null, null] }, 4)).to.deep.equal([])
  })

  it('never expects less than nobody', () => {
    const none = forecastDemand({ firstHour: 0, sessions: new Array<number>(3 * week).fill(0) }, 5)
    for (const { expected, low, high } of none) {
      expect(Math.min(expected, low)).to.equal(0)
      expect(high).to.be.within(0, 3)
    }
  })
})
