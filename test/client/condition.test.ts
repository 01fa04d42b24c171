import { expect } from 'chai'
import { conditionOf, ConditionWatch, type NetworkState } from '../../client/player/condition.ts'

const wanted = { widthPx: 1280, heightPx: 720, fps: 60, maxBitrateBps: 8_000_000 }
const network = (limitedBy: NetworkState['limitedBy'], heightPx = 720, fps = 60): NetworkState => ({
  targetBps: 2_000_000,
  lossRatio: 0,
  rttMs: 40,
  limitedBy,
  stream: { widthPx: 960, heightPx, fps, bitrateBps: 1_900_000 },
})
const of = (state: NetworkState | null, frozenMs = 0) => conditionOf({ network: state, wanted, frozenMs })

describe('what a player is told of the network', () => {
  it('is that the picture is reduced, and only where it is', () => {
    expect(of(network('network', 540))).to.equal('network')
    expect(of(network('network', 720, 30))).to.equal('network')
    expect(of(network('machine', 540))).to.equal('machine')
    expect(of(null, 300), 'it stands still').to.equal('network')
    for (const state of [
      null,
      network('network'),
      network('cap', 540),
      network('content', 720, 5),
      network('none'),
    ])
      expect(of(state)).to.equal('fine')
  })

  it('comes with a lasting dip and goes with a lasting recovery', () => {
    const watch = new ConditionWatch()
    const read = (atMs: number, bad: boolean) =>
      watch.read({ atMs, network: network('network', bad ? 540 : 720), wanted, frozenMs: 0 })
    expect([0, 1000, 1900].map((atMs) => read(atMs, atMs === 1000))).to.deep.equal(['fine', 'fine', 'fine'])
    expect([3000, 4000, 5000].map((atMs) => read(atMs, true))).to.deep.equal(['fine', 'fine', 'network'])
    expect([6000, 7000, 8000].map((atMs) => read(atMs, atMs === 7000))).to.deep.equal([
      'network',
      'network',
      'network',
    ])
    expect([9000, 12_500, 13_000].map((atMs) => read(atMs, false))).to.deep.equal(['network', 'fine', 'fine'])
  })
})
