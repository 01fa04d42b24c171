import { expect } from 'chai'
import { type PartyPlayer, partySites, type RankedSite } from '../../../server/placement/partySites.ts'
import { partyWords } from '../../../server/placement/partyWords.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { nodeOf } from '../support/nodes.ts'

const title = { id: 'game', latencyBudgetMs: null, allow: null }
const player = (name: string, ways: Readonly<Record<string, number>>): PartyPlayer => ({
  name,
  codecs: ['h264'],
  fps: 60,
  estimates: new Map(
    Object.entries(ways).map(([site, rttMs]) => [site, { rttMs, source: 'probe', uncertaintyMs: 1 }]),
  ),
})
const players = [player('Player 1', { LYON: 20, PORTO: 30 }), player('Player 2', { LYON: 24, PORTO: 10 })]
const rank = (
  nodes: readonly NodeSnapshot[],
  change: { latencyBudgetMs?: number; wanted?: number; players?: readonly PartyPlayer[] } = {},
): readonly RankedSite[] =>
  partySites(
    change.players ?? players,
    { ...title, latencyBudgetMs: change.latencyBudgetMs ?? null },
    {
      sites: () => [...new Set(nodes.map(({ siteId }) => siteId))].map((id) => ({ id })),
      at: (siteId, titleId) =>
        nodes.filter((node) => node.siteId === siteId && node.titles.some(({ id }) => id === titleId)),
    },
    () => change.wanted ?? 0,
  )
const lyon = (change: Partial<NodeSnapshot> = {}): NodeSnapshot => nodeOf('lyon', change)
const porto = nodeOf('porto')

describe('the sites for a party', () => {
  it('are those whose nodes run the title for every one of them', () => {
    const [first, second = player('', {})] = players
    const other: PartyPlayer = { ...second, codecs: ['vp8'] }
    const mixed = first === undefined ? [] : [first, other]
    expect(rank([lyon(), porto], { players: mixed }).map(({ siteName }) => siteName)).to.deep.equal([
      'LYON',
      'PORTO',
    ])
    const picky = [lyon({ codecs: ['h264'] }), porto]
    expect(rank(picky, { players: mixed }).map(({ siteName }) => siteName)).to.deep.equal(['PORTO'])
    for (const gone of [lyon({ draining: true }), lyon({ titles: [] })])
      expect(rank([gone, porto]).map(({ siteName }) => siteName)).to.deep.equal(['PORTO'])
  })

  it('leave the seats that somebody in line waits for', () => {
    expect(rank([lyon({ seatsFree: 3 })], { wanted: 1 })[0]).to.include({ seatsFree: 2, ruledOut: null })
    expect(rank([lyon({ seatsFree: 3 })], { wanted: 2 })[0]).to.include({ seatsFree: 1, ruledOut: 'no-seat' })
  })

  it('are near enough when a press shows in time for whoever is farthest, on nodes that are quick enough', () => {
    // 24 ms of way, 10 ms to make the picture, 16.7 ms until a display shows it.
    expect(rank([lyon()], { latencyBudgetMs: 51 })[0]).to.include({ ruledOut: null, seatsFree: 4 })
    expect(rank([lyon()], { latencyBudgetMs: 50 })[0]).to.include({ ruledOut: 'too-far', seatsFree: 0 })
    const slow = { ...lyon({ encodeP95Ms: 25 }), nodeId: 'slow' }
    expect(rank([lyon({ seatsFree: 1 }), slow], { latencyBudgetMs: 51 })[0]).to.include({
      ruledOut: 'no-seat',
      seatsFree: 1,
    })
  })

  it('are told with what was nearer, to all or to one, and why not there', () => {
    const words = (nodes: readonly NodeSnapshot[], site: string, you: number): string => {
      const own = players[you - 1]?.estimates
      return partyWords(
        rank(nodes),
        site,
        `Player ${you}`,
        { players: 2, seats: 2 },
        (id) => own?.get(id)?.rttMs ?? null,
      )
    }
    expect(words([lyon({ seatsFree: 1 }), porto], 'PORTO', 1)).to.equal(
      'PORTO: you are the farthest, 30 ms away; LYON was nearer to all but had 1 free of the 2 seats.',
    )
    expect(words([lyon(), porto], 'LYON', 2)).to.equal(
      'LYON: you are the farthest, 24 ms away; PORTO was nearer to you, but 30 ms from Player 1.',
    )
  })
})
