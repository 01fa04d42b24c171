import { expect } from 'chai'
import type { ProbeResult } from '../../../config/protocol/placement.ts'
import type { SeenSite } from '../../../server/placement/fleetIndex.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import type { RttEstimate } from '../../../server/placement/routing/types.ts'
import { probedSites, siteViews } from '../../../server/placement/siteViews.ts'

const probe = (nodeId: string, rttMs: number | null): ProbeResult => ({
  nodeId,
  rttMs,
  jitterMs: 2,
  samples: 3,
  via: 'stun',
})
const siteIdOf = (nodeId: string): string | null => (nodeId === 'gone' ? null : (nodeId[0] ?? null))

describe('what a browser measured', () => {
  it('counts by site: the lowest of its nodes, and silence only where none answered', () => {
    const { answered, silent } = probedSites(
      [probe('A1', 9), probe('A2', 7), probe('A3', null), probe('B1', null), probe('gone', 1)],
      siteIdOf,
    )
    expect([...answered.values()]).to.deep.equal([{ siteId: 'A', rttMs: 7, jitterMs: 2 }])
    expect([...silent]).to.deep.equal(['B'])
  })
})

describe('what a decision knows of a site', () => {
  const site = (id: string): SeenSite => ({ id, lat: 50, lon: 8, use: 0.5 })
  const made = { rttMs: 30, source: 'history', uncertaintyMs: 3 } as const
  const views = siteViews(
    [...['A', 'B', 'C', 'D'].map(site), { ...site('E'), lat: null, lon: null }],
    probedSites([probe('A', 7), probe('D', null)], siteIdOf),
    new Map<string, RttEstimate>([
      ['A', made],
      ['B', made],
      ['C', { rttMs: null, source: 'unknown', uncertaintyMs: 0 }],
    ]),
    { lat: 50, lon: 8 },
  )
  const sources: readonly (readonly [string, string, string])[] = [
    ['A', 'its probe before any estimate', 'probe'],
    ['B', 'the estimate that was made', 'history'],
    ['C', 'a guess by distance where no estimate could be made', 'prior'],
    ['D', 'a guess by distance where the probe stayed without answer', 'prior'],
    ['E', 'nothing, without coordinates', 'unknown'],
  ]
  for (const [id, what, source] of sources)
    it(`is ${what}`, () => expect(views.get(id)?.rtt.source).to.equal(source))
  it('is that it kept silent', () => {
    expect(['A', 'D'].map((id) => views.get(id)?.silent)).to.deep.equal([false, true])
  })
})

describe('the quality of a node', () => {
  const hour = 3_600_000
  it('falls with every session that the node spoils, and is forgiven with time and good sessions', () => {
    let nowMs = 0
    const quality = createNodeQuality({ now: () => nowMs })
    const of = (nodeId: string): number => quality.penalties([nodeId]).get(nodeId) ?? 0
    quality.record('bad', 'session-crashed')
    const once = of('bad')
    quality.record('bad', 'edge-gone')
    const twice = of('bad')
    expect([once, twice]).to.satisfy(() => once > 10 && twice > once)
    nowMs = hour
    expect(of('bad')).to.be.within(1, twice / 2)
    for (let count = 0; count < 20; count++) quality.record('bad', 'player-ended')
    expect(of('bad')).to.be.below(5)
    nowMs = 12 * hour
    expect(of('bad')).to.equal(0)
  })

  it('does not suffer from what players and games do', () => {
    const quality = createNodeQuality({ now: () => 0 })
    for (const reason of ['player-ended', 'game-crashed', 'idle-timeout', 'no-seat-free'] as const)
      quality.record('n', reason)
    expect(quality.penalties(['n', 'unheard'])).to.deep.equal(new Map())
  })
})
