import { expect } from 'chai'
import fc from 'fast-check'
import { type PartyInput, rankForParty } from '../../../server/placement/parties.ts'
import type { RttEstimate } from '../../../server/placement/routing/types.ts'

const way = (rttMs: number | null): RttEstimate => ({
  rttMs,
  source: rttMs === null ? 'unknown' : 'probe',
  uncertaintyMs: 1,
})
const party = (
  ways: Readonly<Record<string, Readonly<Record<string, number | null>>>>,
  change: Partial<PartyInput> = {},
): PartyInput => ({
  players: new Map(
    Object.entries(ways).map(([player, sites]) => [
      player,
      new Map(Object.entries(sites).map(([site, rttMs]) => [site, way(rttMs)])),
    ]),
  ),
  sites: ['berlin', 'lyon', 'porto'].map((id) => ({ id, seatsFree: 8, limitMs: null })),
  ...change,
})
const order = (input: PartyInput): readonly string[] => rankForParty(input).map(({ siteId }) => siteId)

describe('a site for a party', () => {
  const ana = { berlin: 5, lyon: 25, porto: 45 }
  const rui = { berlin: 50, lyon: 30, porto: 5 }

  it('is the one where nobody has a long way, though others are shorter in all', () => {
    const ranked = rankForParty(party({ ana, rui }))
    expect(ranked.map(({ siteId }) => siteId)).to.deep.equal(['lyon', 'porto', 'berlin'])
    expect(ranked[0]).to.include({ largestMs: 30, farthestPlayer: 'rui', sumMs: 55, ruledOut: null })
    expect(ranked[0]?.inWords).to.equal('nobody is farther than 30 ms')
  })

  it('is between equals to a millisecond the one that is nearer in all', () => {
    expect(
      order(party({ ana: { berlin: 20, lyon: 30.4, porto: 29.9 }, rui: { berlin: 31, lyon: 8, porto: 12 } })),
    ).to.deep.equal(['lyon', 'porto', 'berlin'])
  })

  it('has a free seat for each of them', () => {
    const sites = [
      { id: 'berlin', seatsFree: 0, limitMs: null },
      { id: 'lyon', seatsFree: 1, limitMs: null },
      { id: 'porto', seatsFree: 2, limitMs: null },
    ]
    const ranked = rankForParty(party({ ana, rui }, { sites }))
    expect(ranked.map(({ siteId, ruledOut }) => [siteId, ruledOut])).to.deep.equal([
      ['porto', null],
      ['lyon', 'no-seat'],
      ['berlin', 'no-seat'],
    ])
    expect(ranked[1]?.inWords).to.include('1 free of the 2 seats that you need')
  })

  it('is one that is known for all, and with a limit no other', () => {
    const input = party({ ana: { berlin: 5, lyon: 90, porto: 45 }, rui: { lyon: 80, porto: 5 } })
    expect(order(input)).to.deep.equal(['porto', 'lyon', 'berlin'])
    const sites = input.sites.map((site) => ({ ...site, limitMs: 60 }))
    expect(rankForParty({ ...input, sites }).map(({ ruledOut }) => ruledOut)).to.deep.equal([
      null,
      'too-far',
      'too-far',
    ])
  })

  it('is never worse for the farthest player than another that could take them, whatever the order', () => {
    const cell = fc.integer({ min: 1, max: 99 })
    fc.assert(
      fc.property(
        fc.array(fc.record({ berlin: cell, lyon: cell, porto: cell }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
        (drawn, seats) => {
          const ways = Object.fromEntries(drawn.map((sites, index) => [`p${index}`, sites]))
          const sites = ['berlin', 'lyon', 'porto'].map((id, index) => ({
            id,
            seatsFree: seats[index] ?? 0,
            limitMs: null,
          }))
          const ranked = rankForParty(party(ways, { sites }))
          const able = ranked.filter(({ ruledOut }) => ruledOut === null)
          expect(able.length).to.equal(sites.filter(({ seatsFree }) => seatsFree >= drawn.length).length)
          expect(ranked.slice(0, able.length)).to.deep.equal(able)
          const [best, ...others] = able
          for (const other of others) expect(best?.largestMs).to.be.at.most(other.largestMs ?? 0)
          expect(rankForParty(party(ways, { sites: sites.toReversed() }))).to.deep.equal(ranked)
        },
      ),
    )
  })
})
