import { expect } from 'chai'
import { createExpectedSessions } from '../../../server/placement/expectedSessions.ts'
import { createManualClock } from '../support/manualClock.ts'

const minute = 60_000

describe('the sessions that a site is likely to have at once', () => {
  it('are those that come while one lasts', () => {
    const clock = createManualClock()
    const expecting = createExpectedSessions(clock, (titleId) => (titleId === 'long' ? 30 : 3) * minute)
    for (let passed = 0; passed < 240; passed += 1) {
      for (const titleId of ['long', 'short']) expecting.seated({ siteId: 'Paris', titleId })
      if (passed % 3 === 0) expecting.seated({ siteId: 'Rome', titleId: 'long' })
      clock.pass(minute)
    }
    const demand = expecting.at([])
    expect(demand.get('Paris')?.get('long')).to.be.closeTo(30, 1)
    expect(demand.get('Paris')?.get('short')).to.be.closeTo(3, 0.1)
    expect(demand.get('Rome')?.get('long')).to.be.closeTo(10, 0.5)
    expect(demand.get('Rome')?.has('short')).to.equal(false)
    clock.pass(24 * 60 * minute)
    expect(expecting.at([]).size).to.equal(0)
  })

  it('are at least those that are there, which is all that is known after a start', () => {
    const expecting = createExpectedSessions(createManualClock(), () => null)
    const played = { siteId: 'Paris', titleId: 'game' }
    expect(expecting.at([played, played]).get('Paris')?.get('game')).to.equal(2)
    expecting.seated(played)
    expect(expecting.at([played, played]).get('Paris')?.get('game')).to.equal(2)
  })
})
