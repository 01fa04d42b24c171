import { expect } from 'chai'
import type { PlacementCandidate, PlacementReport } from '../../../config/protocol/placement.ts'
import { prospectOf } from '../../../server/queue/prospect.ts'
import { regionOf, seatClassOf } from '../../../server/queue/region.ts'

const candidate = (
  nodeId: string,
  rttMs: number | null,
  ruledOut: PlacementCandidate['ruledOut'],
): PlacementCandidate => ({
  nodeId,
  siteId: `site ${nodeId[0]}`,
  siteName: `Site ${nodeId[0]}`,
  rttMs,
  rttSource: rttMs === null ? 'unknown' : 'probe',
  distanceKm: null,
  seatsFree: ruledOut === null ? 1 : 0,
  terms: { network: rttMs ?? 500, encode: 15, display: 16, load: 99 },
  scoreMs: ruledOut === null ? 1 : null,
  ruledOut,
})
const report = (...candidates: PlacementCandidate[]): PlacementReport => ({
  sessionId: 's',
  decidedAtMs: 1,
  chosenNodeId: null,
  inWords: '',
  candidates,
})
const tooFar = (one: PlacementCandidate): PlacementCandidate => ({ ...one, ruledOut: 'too-far' })

describe('what there is when no seat within the budget is free', () => {
  it('is the line, farther seats that are free, one a site, and a wider budget for those that are taken', () => {
    const near = [candidate('a1', 10, 'no-seat'), candidate('a2', 10, 'refused')]
    const far = [
      candidate('c1', 90, null),
      candidate('c2', 80, null),
      candidate('b1', 70, 'no-seat'),
      candidate('d1', 200, 'no-seat'),
    ]
    const found = prospectOf(report(...near, ...far.map(tooFar)), report(...near, ...far), () => true)
    expect(found).to.deep.equal({
      why: 'full',
      reach: new Set(['site a']),
      farther: [{ kind: 'farther', siteId: 'site c', siteName: 'Site c', rttMs: 80 }],
      widerBudgetMs: 110,
      wider: new Set(['site b']),
      nearest: 'a1',
    })
  })

  it('says too far where no seat at all is within the budget', () => {
    const far = [candidate('c1', 90, null)]
    const found = prospectOf(report(...far.map(tooFar)), report(...far), () => true)
    expect(found).to.deep.include({ why: 'too-far', widerBudgetMs: null, nearest: 'c1' })
  })

  it('is nothing where no node will ever take this player', () => {
    const never = report(
      candidate('a1', 1, 'title-missing'),
      candidate('b1', 1, 'codec-missing'),
      candidate('c1', 1, 'draining'),
      candidate('d1', 1, 'untrusted'),
    )
    expect(prospectOf(never, never, () => true)).to.equal(null)
    const seatless = report(candidate('a1', 1, 'no-seat'))
    expect(prospectOf(seatless, seatless, () => false)).to.equal(null)
  })
})

describe('the line that somebody stands in', () => {
  it('is one per part of the world and class of seats', () => {
    const at = (lat: number, lon: number): string => regionOf({ siteName: 'x', lat, lon })
    expect([at(50.1, 8.7), at(51.5, -0.1), at(41, 29)]).to.deep.equal(['Europe', 'Europe', 'Europe'])
    expect([at(40.7, -74), at(37.4, -122), at(-23.5, -46.6)]).to.deep.equal([
      'North America, east',
      'North America, west',
      'South America',
    ])
    expect([at(1.35, 103.8), at(35.7, 139.7), at(-33.9, 151.2), at(19, 72.8), at(-26.2, 28)]).to.deep.equal([
      'South-East Asia',
      'East Asia',
      'Oceania',
      'South Asia',
      'Africa',
    ])
    expect(regionOf({ siteName: 'This machine', lat: null, lon: null })).to.equal('This machine')
    expect(seatClassOf({ display: { widthPx: 1280, heightPx: 720, fps: 60 } })).to.equal('720p60')
  })
})
