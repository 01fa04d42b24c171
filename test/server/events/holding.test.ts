import { expect } from 'chai'
import fc from 'fast-check'
import { decide } from '../../../server/placement/decide.ts'
import { createFleetIndex } from '../../../server/placement/fleetIndex.ts'
import { heldSite, keepable, type SiteHold } from '../../../server/placement/holds.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { createSeatCount } from '../../../server/events/seatCount.ts'
import { createRanking } from '../../../server/parties/ranking.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { titleJson } from '../support/titles.ts'
import { ask, site } from '../placement/decideAsk.ts'
import { nodeOf } from '../support/nodes.ts'

const entry = { probes: [], codecs: ['h264'], stream: defaultStream }
const hold = (key: string, seats: number, isOwn = false): SiteHold => ({
  key,
  seats,
  untilMs: Date.UTC(2026, 10, 23, 20),
  isOwn,
})
const titles = (...ids: readonly string[]) => ids.map((id) => ({ id, version: '1' }))

describe('seats that are held for an event', () => {
  const supply = (seatsFree: number, ...ids: readonly string[]) => ({
    capability: { titles: new Set(ids) },
    seatsFree,
  })

  it('are those of nodes with its title, as many as it has booked and nobody of it sits on', () => {
    const isFree = (holds: readonly SiteHold[], seatsFree: number): boolean =>
      heldSite(holds, [supply(seatsFree, 'quest', 'game'), supply(9, 'game')])(new Set(['quest', 'game'])) ===
      null
    expect(isFree([hold('quest', 4)], 5)).equals(true)
    expect(isFree([hold('quest', 4)], 4)).equals(false)
    expect(isFree([hold('quest', 4)], 2), 'fewer than are booked').equals(false)
    expect(isFree([hold('quest', 4, true)], 2), 'for a player of the event').equals(true)
    expect(isFree([hold('quest', 0)], 2), 'all of them are taken by its players').equals(true)
    const elsewhere = heldSite([hold('quest', 4)], [supply(4, 'quest'), supply(1, 'game')])
    expect(elsewhere(new Set(['game'])), 'a node without the title').equals(null)
  })

  it('are kept for all events together: a seat goes only to whoever leaves each what it could have had', () => {
    const kinds = [new Set(['a']), new Set(['b']), new Set(['a', 'b']), new Set<string>()]
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(4), fc.nat(4)),
        fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
        fc.nat(3),
        fc.constantFrom(null, 'a', 'b'),
        ([a, b], free, taken, own) => {
          fc.pre((free[taken] ?? 0) > 0)
          const holds = [hold('a', a, own === 'a'), hold('b', b, own === 'b')]
          const supplies = kinds.map((of, at) => supply(free[at] ?? 0, ...of))
          const verdict = heldSite(holds, supplies)(kinds[taken] ?? new Set())
          if (b === 0)
            expect(heldSite(holds.slice(0, 1), supplies)(kinds[taken] ?? new Set())).equals(verdict)
          /** As many as both can have at once, by trying every way to share the nodes that do for both. */
          const most = (wantA: number, wantB: number, left: readonly number[]): number => {
            const [onlyA = 0, onlyB = 0, both = 0] = left
            return Math.max(
              ...Array.from(
                { length: both + 1 },
                (_, toA) => Math.min(wantA, onlyA + toA) + Math.min(wantB, onlyB + both - toA),
              ),
            )
          }
          const less = free.map((count, at) => (at === taken ? count - 1 : count))
          const before = most(a, b, free)
          const mayAsStranger = most(a, b, less) === before
          const mayAsOwn =
            (own === 'a' && a > 0 && most(a - 1, b, less) >= before - 1) ||
            (own === 'b' && b > 0 && most(a, b - 1, less) >= before - 1)
          expect(verdict === null).equals(mayAsStranger || mayAsOwn)
        },
      ),
    )
  })

  it('are as many as the largest flow gives, however many events want the same nodes', () => {
    expect(keepable([3, 3], new Map([[3, 4]]))).equals(4)
    expect(
      keepable(
        [3, 3],
        new Map([
          [1, 1],
          [2, 9],
        ]),
      ),
    ).equals(4)
    expect(keepable([], new Map([[0, 5]]))).equals(0)
  })

  describe('in a decision', () => {
    const nodes = (seatsFree: number): readonly NodeSnapshot[] => [
      nodeOf('near', { titles: titles('game', 'quest'), seats: 4, seatsFree }),
      nodeOf('far', { titles: titles('game', 'quest'), seats: 4, seatsFree: 4 }),
    ]
    function chosen(seatsFree: number, isOwn: boolean) {
      const index = createFleetIndex()
      for (const node of nodes(seatsFree)) index.put(node)
      const siteId = index.find('near')?.siteId
      const look = index.look({
        title: { id: 'game', latencyBudgetMs: null, allow: null },
        codecs: ['h264'],
        at: null,
        siteIds: index.sites().map(({ id }) => id),
        seed: 's',
        refusedBy: new Set(),
        heldAt: (id) => (id === siteId ? [hold('quest@1', 2, isOwn)] : []),
      })
      return decide(ask(look.nodes, { near: site(5), far: site(50) }, { held: look.held }))
    }

    it('are full for everybody else, who reads why and until when', () => {
      const report = chosen(2, false)
      expect(report.chosenNodeId).equals('far')
      const near = report.candidates.find(({ nodeId }) => nodeId === 'near')
      expect(near).to.include({ ruledOut: 'held', scoreMs: null, heldUntilMs: Date.UTC(2026, 10, 23, 20) })
      expect(report.inWords).to.contain('was nearer but held for an event until 20:00 UTC')
    })
    it('are there for its players, and what is not held is there for everybody', () => {
      expect(chosen(2, true).chosenNodeId).equals('near')
      expect(chosen(3, false).chosenNodeId).equals('near')
    })
  })

  it('are no seats for a party of others', () => {
    const index = createFleetIndex()
    index.put(nodeOf('near', { titles: titles('game', 'quest'), seats: 4, seatsFree: 4 }))
    const offered = (isOwn: boolean): number | undefined =>
      createRanking({
        fleet: index,
        routing: { estimatesFor: async () => new Map() },
        catalogue: { offer: () => ({ manifest: titleJson('game') }) },
        holds: { against: () => () => [hold('quest@1', 3, isOwn)] },
        sessions: { wanting: () => 0 },
        clock: { now: () => 0 },
      }).sites('game', [{ guestId: 'g', number: 1, entry, estimates: new Map() } as never], null, 1)[0]
        ?.seatsFree
    expect([offered(false), offered(true)]).to.deep.equal([1, 4])
  })

  it('never leave a decision that takes one of them from an event, over all fleets', () => {
    const fleet = fc.array(
      fc.record({ at: fc.nat(2), seatsFree: fc.nat(3), isOfEvent: fc.boolean(), draining: fc.boolean() }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(fleet, fc.nat(6), (drawn, booked) => {
        const index = createFleetIndex()
        for (const [number, { at, seatsFree, isOfEvent, draining }] of drawn.entries())
          index.put(
            nodeOf(`n${number}`, {
              siteId: `site${at}`,
              siteName: `site${at}`,
              titles: isOfEvent ? titles('game', 'quest') : titles('game'),
              seats: 4,
              seatsFree,
              draining,
            }),
          )
        const heldAt = (siteId: string) => (siteId === 'site0' ? [hold('quest', booked)] : [])
        const look = index.look({
          title: { id: 'game', latencyBudgetMs: null, allow: null },
          codecs: ['h264'],
          at: null,
          siteIds: [],
          seed: 's',
          refusedBy: new Set(),
          heldAt,
        })
        const { chosenNodeId } = decide(ask(look.nodes, {}, { held: look.held }))
        const open = (siteId: string): number =>
          index.at(siteId, 'quest').reduce((sum, node) => sum + (node.draining ? 0 : node.seatsFree), 0)
        const node = chosenNodeId === null ? null : index.find(chosenNodeId)
        if (node?.siteId === 'site0' && node.titles.some(({ id }) => id === 'quest'))
          expect(open('site0')).to.be.above(booked)
        // Nor does it leave a seat empty that nobody holds.
        const spare =
          index.all().some((one) => !one.draining && one.seatsFree > 0 && one.siteId !== 'site0') ||
          index.at('site0').some((one) => !one.draining && one.seatsFree > 0 && one.titles.length === 1) ||
          open('site0') > booked
        expect(chosenNodeId !== null).equals(spare)
      }),
    )
  })
})

describe('the seats of an event', () => {
  it('are given back one by one when nobody has needed them for so long, and no sooner', () => {
    const count = createSeatCount(4, 0, 0)
    count.took()
    count.took()
    expect(count).to.include({ used: 2, idle: 2 })
    count.left(500)
    expect(count.expire(900, 1000)).equals(0)
    expect(count.expire(1000, 1000), 'two were never needed').equals(2)
    expect(count).to.include({ seats: 2, used: 1, idle: 1 })
    expect(count.expire(1499, 1000)).equals(0)
    expect(count.expire(1500, 1000), 'one was left at 500').equals(1)
    count.left(2000)
    expect(count, 'who still played keeps it for the next').to.include({ seats: 1, used: 0, idle: 1 })
  })

  it('are never more than were booked, whoever comes and goes', () => {
    const step = fc.constantFrom('took', 'left', 'expire', 'fewer')
    fc.assert(
      fc.property(fc.nat(5), fc.nat(7), fc.array(step, { maxLength: 40 }), (booked, playing, steps) => {
        const count = createSeatCount(booked, playing, 0)
        let [seats, used] = [booked, playing]
        for (const [at, one] of steps.entries()) {
          if (one === 'took') {
            count.took()
            used += 1
          } else if (one === 'left' && used > 0) {
            count.left(at)
            used -= 1
          } else if (one === 'expire') seats -= count.expire(at, 5)
          else if (one === 'fewer' && seats > 0) {
            seats -= 1
            count.keepOnly(seats)
          }
          expect(count).to.include({ seats, used, idle: Math.max(0, seats - used) })
        }
      }),
    )
  })
})
