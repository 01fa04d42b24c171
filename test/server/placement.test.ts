import { expect } from 'chai'
import { distanceKm, estimateRttMs } from '../../server/placement/distance.ts'
import { isPublicAddress, plainAddress } from '../../server/placement/geoPrior.ts'
import { snapshotOf, toProbeTarget } from '../../server/placement/snapshot.ts'
import { nodeOf as node } from './support/nodes.ts'

const berlin = { lat: 52.5, lon: 13.4 }
const paris = { lat: 48.9, lon: 2.35 }

describe('distances', () => {
  it('are great circles', () => {
    expect(distanceKm(berlin, paris)).to.be.closeTo(878, 10)
    expect(distanceKm(berlin, berlin)).to.equal(0)
    expect(distanceKm({ lat: 0, lon: 179 }, { lat: 0, lon: -179 })).to.be.closeTo(222, 2)
  })
  it('make round trips that no light in fibre could beat', () => {
    for (const km of [0, 100, 5000, 20_000]) expect(estimateRttMs(km)).to.be.greaterThan(km / 100)
  })
})

describe('the addresses that have a place', () => {
  for (const ip of [
    '10.0.0.1',
    '127.0.0.1',
    '192.168.1.1',
    '172.31.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fd00::1',
    'nonsense',
    '',
  ]) {
    it(`do not include ${ip || 'an empty text'}`, () => expect(isPublicAddress(ip)).to.equal(false))
  }
  for (const ip of ['8.8.8.8', '172.32.0.1', '2001:4860:4860::8888']) {
    it(`include ${ip}`, () => expect(isPublicAddress(ip)).to.equal(true))
  }
  it('are read through the IPv6 form of IPv4', () => {
    expect(plainAddress('::ffff:8.8.8.8')).to.equal('8.8.8.8')
    expect(plainAddress('2001:db8::1')).to.equal('2001:db8::1')
  })
})

describe('a node as the router sees it', () => {
  it('counts free seats only, and is a probe target only with a beacon', () => {
    const snapshot = snapshotOf(
      'n',
      {
        kind: 'status',
        siteName: 'Here',
        lat: 1,
        lon: 2,
        draining: false,
        seats: [
          { seatId: 0, state: 'free' },
          { seatId: 1, state: 'busy' },
          { seatId: 2, state: 'reserved' },
        ],
        titles: [],
        codecs: [],
        beacon: null,
        sessions: [],
        agentVersion: '1',
      },
      null,
    )
    expect(snapshot.seatsFree).to.equal(1)
    expect(toProbeTarget(snapshot)).to.deep.equal([])
    expect(toProbeTarget(node('a'))).to.deep.equal([
      { nodeId: 'a', siteName: 'A', addresses: ['127.0.0.1'], port: 1, ufrag: 'u', password: 'p' },
    ])
  })
})
