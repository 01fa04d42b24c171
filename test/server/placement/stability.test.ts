import { expect } from 'chai'
import fc from 'fast-check'
import { chooseOfTwo, hysteresisMs } from '../../../server/placement/stability.ts'

const hour = 3_600_000

describe('the site of the last time', () => {
  const last = { siteId: 'berlin', atMs: 0 }
  const choose = (ways: Readonly<Record<string, number>>, nowMs: number): string | undefined =>
    Object.entries(ways)
      .map(([site, rttMs]) => ({ site, scoreMs: rttMs + hysteresisMs(site, last, nowMs) }))
      .sort((a, b) => a.scoreMs - b.scoreMs)[0]?.site

  it('is kept while another is hardly better', () => {
    expect(choose({ berlin: 20, lyon: 18.5 }, hour)).to.equal('berlin')
  })
  it('is left for one that is clearly better', () => {
    expect(choose({ berlin: 20, lyon: 15 }, hour)).to.equal('lyon')
  })
  it('is forgotten after some hours', () => {
    expect(choose({ berlin: 20, lyon: 18.5 }, 7 * hour)).to.equal('lyon')
    expect(hysteresisMs('berlin', null, 0)).to.equal(0)
  })
})

describe('the choice among equals', () => {
  const equals = Array.from({ length: 10 }, (_, index) => ({ id: `n${index}`, scoreMs: 20, use: index / 10 }))

  it('is between the best and those as good, whatever the order, and the same for the same seed', () => {
    const candidate = fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      scoreMs: fc.integer({ min: 0, max: 10 }),
      use: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.uniqueArray(candidate, { selector: ({ id }) => id }), fc.string(), (all, seed) => {
        const chosen = chooseOfTwo(all, seed, 2)
        const best = Math.min(...all.map(({ scoreMs }) => scoreMs))
        if (chosen === null) expect(all).to.deep.equal([])
        else expect(chosen.scoreMs).to.be.at.most(best + 2)
        expect(chooseOfTwo(all.toReversed(), seed, 2)).to.equal(chosen)
      }),
    )
  })

  it('falls on all but the fullest, the emptier the more often', () => {
    const counts = new Map<string, number>()
    for (let session = 0; session < 9000; session++) {
      const id = chooseOfTwo(equals, `session-${session}`, 1)?.id ?? ''
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    // Of two drawn out of ten, the emptiest is there in 20 % and always wins; the fullest never does.
    expect(counts.get('n0')).to.be.within(1700, 1900)
    expect(counts.get('n8')).to.be.within(150, 260)
    expect(counts.get('n9')).to.equal(undefined)
  })
})
