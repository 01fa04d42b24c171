import { expect } from 'chai'
import type { WaitView } from '../../config/protocol/api.ts'
import { announcement, lineText, offerWords, tabTitle } from '../../client/play/waitingWords.ts'
import { phaseOf, noFacts, type Facts } from '../../client/player/phase.ts'
import { aboutText } from '../../client/ui/format.ts'

const wait: WaitView = {
  why: 'full',
  region: 'Europe',
  seatClass: '720p60',
  position: 3,
  length: 7,
  etaMs: 240_000,
  offers: [],
  hold: null,
}

describe('words of the line', () => {
  it('tell where one stands and for how long, and claim no time that nobody knows', () => {
    expect(announcement(wait)).to.contain('number 3 of 7').and.contain('about 4 min')
    expect(announcement({ ...wait, etaMs: null })).not.to.match(/min|hour| h\b/)
    expect([aboutText(20_000), aboutText(100_000), aboutText(3 * 3_600_000)]).to.deep.equal([
      'under a minute',
      'about 2 min',
      'about 3 h',
    ])
  })

  it('call for the player in the tab and by voice once a seat is held', () => {
    const held = { ...wait, hold: { siteName: 'Frankfurt', rttMs: 12.3, leftMs: 29_400, ofMs: 30_000 } }
    expect(announcement(held)).to.contain('Frankfurt').and.contain('30 seconds')
    expect(tabTitle(held, 'SuperTux')).to.match(/^Your seat is ready/)
    expect(tabTitle(wait, 'SuperTux')).to.match(/^\(3\)/)
  })

  it('say of a farther seat what it does to the game, and which delay was agreed to', () => {
    const offer = { kind: 'farther', siteId: 's', siteName: 'Sydney', rttMs: 180 } as const
    expect(offerWords(offer).label).to.contain('Sydney')
    expect(offerWords(offer).note).to.contain('180 ms').and.contain('later')
    expect(lineText(wait, 120)).to.contain('120 ms')
    expect(lineText({ ...wait, why: 'too-far', position: null }, null)).not.to.contain('in line')
  })
})

describe('the phase of a session that has no seat', () => {
  const seat = { nodeId: 'n', leaseId: 'l', fence: 1 }
  const line = { region: 'Europe', seatClass: '720p60', sinceMs: 0, budgetMs: null }
  const facts = (state: object, change: Partial<Facts> = {}): Facts => ({
    ...noFacts,
    request: 'sent',
    session: { state } as Facts['session'],
    ...change,
  })

  it('is waiting in line and while a seat is held', () => {
    expect(phaseOf(facts({ kind: 'waiting', ...line })).kind).to.equal('waiting')
    expect(phaseOf(facts({ kind: 'held', ...seat, ...line, confirmByMs: 1 })).kind).to.equal('waiting')
  })

  it('is a start anew once the node is lost, and a lost stream only while its game stands', () => {
    const lost = { played: true, peer: 'lost' } as const
    expect(phaseOf(facts({ kind: 'suspended', ...seat, graceEndsAtMs: 5 }, lost)).kind).to.equal(
      'reconnecting',
    )
    expect(phaseOf(facts({ kind: 'requested' }, lost))).to.deep.equal({ kind: 'progress', step: 'placing' })
  })
})
