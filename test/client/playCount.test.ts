import { expect } from 'chai'
import { clickQuantile } from '../../config/protocol/playQuality.ts'
import { PlayCount, type PlayLook } from '../../client/player/playCount.ts'
import { totalsOf } from '../../client/player/stats.ts'

const look = (atMs: number, frames: number, change: Partial<PlayLook> = {}): PlayLook => {
  const video = {
    type: 'inbound-rtp',
    id: 'v',
    kind: 'video',
    framesDecoded: frames,
    framesDropped: frames / 10,
    totalDecodeTime: frames / 500,
    freezeCount: frames / 100,
    totalFreezesDuration: frames / 200,
  }
  const totals = totalsOf([video], atMs)
  if (totals === null) throw new Error('no video')
  return { totals, framesShown: frames, clicksMs: [], isSeen: true, ...change }
}

describe('what a page tells of how a session plays', () => {
  it('adds up over connections, and begins anew with the next session', () => {
    const count = new PlayCount()
    expect(count.of('one')).equals(null)
    count.look('one', look(1_000, 100))
    expect(count.of('one'), 'nothing was seen yet').equals(null)
    count.look('one', look(2_000, 200, { clicksMs: [20, 40, 60] }))
    count.connected()
    // Another connection's totals, and the same element's frames.
    count.look('one', look(9_000, 0, { framesShown: 200 }))
    count.look('one', look(10_000, 100, { framesShown: 300 }))
    const told = count.of('one')
    expect(told).to.include({
      framesShown: 200,
      framesDropped: 20,
      decodeMs: 400,
      freezes: 2,
      frozenMs: 1_000,
    })
    expect(told?.seenMs).equals(2_000)
    expect(clickQuantile(told?.clicks ?? [], 0.5)).to.be.closeTo(40, 1.5)
    count.look('two', look(11_000, 200))
    count.look('two', look(12_000, 260))
    expect(count.of('one')).equals(null)
    expect(count.of('two')).to.include({ framesShown: 60 })
    expect(count.of('two')?.run).not.equals(told?.run)
  })

  it('leaves out what nobody sees', () => {
    const count = new PlayCount()
    count.look('one', look(1_000, 100))
    count.look('one', look(2_000, 200))
    count.look('one', look(3_000, 200, { isSeen: false }))
    count.look('one', look(63_000, 260, { clicksMs: [900] }))
    count.look('one', look(64_000, 320))
    expect(count.of('one')).to.deep.include({ seenMs: 2_000, framesShown: 160, clicks: [] })
  })
})
