import { expect } from 'chai'
import { createRounds, type Rounds, weighAgainMs } from '../../../server/queue/rounds.ts'

interface Waiter {
  reach: ReadonlySet<string> | null
  /** Sites that a decision would name, were they free. */
  readonly uses: readonly string[]
}

const waiter = (...uses: readonly string[]): Waiter => ({ reach: new Set(uses), uses })

/** One round over a line. Returns who was weighed. */
function round(
  rounds: Rounds,
  line: readonly Waiter[],
  free: Readonly<Record<string, number>>,
  nowMs: number,
): Waiter[] {
  rounds.begin(new Map(Object.entries(free)), nowMs)
  const weighed: Waiter[] = []
  for (const one of line) {
    if (!rounds.isWorth(one, one.reach)) continue
    weighed.push(one)
    rounds.weighed(
      one,
      one.reach,
      one.uses.filter((siteId) => siteId in free),
    )
  }
  return weighed
}

describe('whom a round of serving weighs', () => {
  it('is everybody once for a seat that nobody can use, a bounded number at a time', () => {
    const rounds = createRounds()
    const line = Array.from({ length: 5_000 }, () => waiter('Frankfurt'))
    const counts: number[] = []
    do counts.push(round(rounds, line, { Tokyo: 1 }, counts.length * 100).length)
    while (rounds.isCut)
    expect(Math.max(...counts)).to.be.at.most(200)
    expect(counts.reduce((sum, count) => sum + count)).to.equal(5_000)
    expect(round(rounds, line, { Tokyo: 1 }, 9_000)).to.deep.equal([])
  })

  it('is the first few who could use a seat that comes free', () => {
    const rounds = createRounds()
    const line = Array.from({ length: 5_000 }, () => waiter('Frankfurt'))
    const weighed = round(rounds, line, { Frankfurt: 1 }, 0)
    expect(weighed).to.deep.equal(line.slice(0, 10))
    expect(rounds.isCut).to.equal(false)
  })

  it('is also the last in line for a seat that only they can use, however many come before', () => {
    const rounds = createRounds()
    const last = waiter('Tokyo')
    const line = [...Array.from({ length: 5_000 }, () => waiter('Frankfurt')), last]
    expect(round(rounds, line, { Frankfurt: 1, Tokyo: 1 }, 0)).to.include(last)
  })

  it('is somebody anew when more seats come free, when other sites would do, and after a while', () => {
    const rounds = createRounds()
    // Its kind of game does not run on the seats that are free.
    const one: Waiter = { reach: new Set(['Frankfurt']), uses: [] }
    const isWeighed = (free: Readonly<Record<string, number>>, nowMs: number): boolean =>
      round(rounds, [one], free, nowMs).length === 1
    expect(isWeighed({ Frankfurt: 1 }, 0)).to.equal(true)
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 100)).to.equal(false)
    expect(isWeighed({ Frankfurt: 2, Tokyo: 1 }, 200)).to.equal(true)
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 300)).to.equal(false)
    one.reach = new Set(['Tokyo'])
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 400)).to.equal(true)
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 400 + weighAgainMs - 1)).to.equal(false)
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 400 + weighAgainMs)).to.equal(true)
    expect(isWeighed({ Frankfurt: 1, Tokyo: 1 }, 0), 'a clock that was set back').to.equal(true)
  })

  it('is everybody of whom nobody knows what would do, whenever a seat comes free', () => {
    const rounds = createRounds()
    const one: Waiter = { reach: null, uses: [] }
    expect(round(rounds, [one], { Tokyo: 1 }, 0)).to.have.length(1)
    expect(round(rounds, [one], { Tokyo: 1 }, 100)).to.have.length(0)
    expect(round(rounds, [one], { Tokyo: 1, Oslo: 1 }, 200)).to.have.length(1)
  })
})
