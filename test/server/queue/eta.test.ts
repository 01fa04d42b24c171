import { expect } from 'chai'
import { etaMs } from '../../../server/queue/eta.ts'

const minuteMs = 60_000
/** Reproducible: a small linear congruential generator. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
/** Log-normal around half an hour: many short sessions, a few very long ones. */
function lengthsOf(count: number, random: () => number): number[] {
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: count }, () => 30 * minuteMs * Math.exp(0.8 * gauss())).sort((a, b) => a - b)
}

describe('the expected wait', () => {
  it('says nothing where it knows too little', () => {
    expect(etaMs(1, [])).to.equal(null)
    expect(etaMs(1, [{ ageMs: 0, lengthsMs: [1, 2, 3, 4] }])).to.equal(null)
    const week = Array.from({ length: 9 }, () => 7 * 24 * 60 * minuteMs)
    expect(etaMs(1, [{ ageMs: 0, lengthsMs: week }]), 'beyond six hours').to.equal(null)
  })

  it('is what a seat has left where all sessions last equally long', () => {
    const lengthsMs = Array.from({ length: 9 }, () => 10 * minuteMs)
    const seats = [2, 5, 9].map((age) => ({ ageMs: age * minuteMs, lengthsMs }))
    for (const [index, minutes] of [1, 5, 8].entries())
      expect(etaMs(index + 1, seats)).to.be.closeTo(minutes * minuteMs, 1000)
  })

  it('grows with the position, and shrinks with more seats', () => {
    const lengthsMs = lengthsOf(200, randomOf(1))
    const seats = Array.from({ length: 6 }, (_, seat) => ({ ageMs: seat * 4 * minuteMs, lengthsMs }))
    const waits = [1, 2, 3, 7, 12].map((position) => etaMs(position, seats) ?? 0)
    expect(waits).to.deep.equal([...waits].sort((a, b) => a - b))
    expect(etaMs(3, [...seats, ...seats]) ?? 0).to.be.lessThan(etaMs(3, seats) ?? 0)
  })

  it('hardly depends on whether it looks at all of many seats or at some', () => {
    const lengthsMs = lengthsOf(64, randomOf(3))
    const seatsOf = (count: number) =>
      Array.from({ length: count }, (_, seat) => ({ ageMs: (seat * 60 * minuteMs) / count, lengthsMs }))
    const ratio = (etaMs(20, seatsOf(240)) ?? 0) / (etaMs(2, seatsOf(24)) ?? 1)
    expect(ratio).to.be.within(0.8, 1.4)
  })

  it('still says something of a session that outlasts all before it', () => {
    const lengthsMs = lengthsOf(50, randomOf(2))
    expect(etaMs(1, [{ ageMs: 99 * 60 * minuteMs, lengthsMs }])).to.be.within(1, 60 * minuteMs)
  })

  it('is as often too early as too late, and right to a third in the middle, on seats that live as said', () => {
    const random = randomOf(7)
    const lengthsMs = lengthsOf(100, random)
    const draw = (): number => lengthsMs[Math.floor(random() * lengthsMs.length)] ?? 0
    const ratios: number[] = []
    for (let round = 0; round < 600; round += 1) {
      const count = 1 + Math.floor(random() * 8)
      const position = 1 + Math.floor(random() * 6)
      // Sampled at a moment of its life, a session is a long one more often.
      const seats = Array.from({ length: count }, () => {
        let length = draw()
        while (random() * (lengthsMs.at(-1) ?? 1) > length) length = draw()
        return { length, ageMs: random() * length }
      })
      const ends = seats.map(({ length, ageMs }) => length - ageMs)
      for (let n = 1; n < position; n += 1) {
        ends.sort((a, b) => a - b)
        ends[0] = (ends[0] ?? 0) + draw()
      }
      const real = Math.min(...ends)
      const said = etaMs(
        position,
        seats.map(({ ageMs }) => ({ ageMs, lengthsMs })),
      )
      if (said !== null) ratios.push(said / Math.max(1, real))
    }
    ratios.sort((a, b) => a - b)
    const early = ratios.filter((ratio) => ratio < 1).length / ratios.length
    expect(early, 'share said too early').to.be.within(0.35, 0.65)
    expect(ratios[Math.floor(ratios.length / 2)], 'median ratio').to.be.within(0.75, 1.33)
  })
})
