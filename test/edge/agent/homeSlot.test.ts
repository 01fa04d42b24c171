import { expect } from 'chai'
import { freeHomeSlot } from '../../../edge/agent/homeSlot.ts'

describe('home of a session', () => {
  const home = (guestId: string, titleId: string, homeSlot: number) => ({ guestId, titleId, homeSlot })

  it('is the guest’s own for that title, and never that of a game that runs', () => {
    expect(freeHomeSlot([], { guestId: 'a', titleId: 't' })).to.equal(1)
    const running = [home('a', 't', 1), home('a', 't', 3), home('b', 't', 2), home('a', 'u', 2)]
    expect(freeHomeSlot(running, { guestId: 'a', titleId: 't' })).to.equal(2)
    expect(freeHomeSlot(running, { guestId: 'b', titleId: 't' })).to.equal(1)
  })
})
