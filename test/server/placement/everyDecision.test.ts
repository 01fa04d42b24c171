import { expect } from 'chai'
import fc from 'fast-check'
import type { TrustClass } from '../../../config/protocol/placement.ts'
import { decide, type DecisionInput } from '../../../server/placement/decide.ts'
import type { RttEstimate } from '../../../server/placement/routing/types.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { nodeOf } from '../support/nodes.ts'
import { ask, hour, site } from './decideAsk.ts'

describe('every decision', () => {
  const anyNode = fc.record({
    siteName: fc.constantFrom('P', 'Q', 'R'),
    seats: fc.integer({ min: 1, max: 4 }),
    taken: fc.nat(4),
    draining: fc.boolean(),
    hasTitle: fc.boolean(),
    codecs: fc.subarray(['h264', 'vp8'] as const),
    refused: fc.boolean(),
    trust: fc.option(fc.constantFrom<TrustClass>('community', 'verified', 'operator')),
    country: fc.option(fc.constantFrom('DE', 'US')),
    encodeP95Ms: fc.option(fc.integer({ min: 2, max: 40 })),
    centsPerHour: fc.option(fc.nat(200)),
  })
  const anyView = fc.record({
    rttMs: fc.option(fc.integer({ min: 0, max: 200 })),
    use: fc.double({ min: 0, max: 1, noNaN: true }),
    priceMs: fc.option(fc.double({ min: 0, max: 500, noNaN: true })),
    silent: fc.boolean(),
  })
  const anyTitleDemands = fc.record({
    latencyBudgetMs: fc.option(fc.integer({ min: 20, max: 150 })),
    trust: fc.option(fc.constantFrom<TrustClass>('community', 'verified', 'operator')),
    countries: fc.option(fc.constant<string[]>(['DE'])),
  })
  const anyInput = fc
    .record({
      drawn: fc.array(anyNode, { maxLength: 10 }),
      views: fc.tuple(anyView, anyView, anyView),
      demands: anyTitleDemands,
      sessionId: fc.string({ minLength: 1 }),
      warm: fc.nat(9),
      last: fc.option(fc.constantFrom('P', 'Q')),
    })
    .map(({ drawn, views, demands, sessionId, warm, last }): DecisionInput => {
      const nodes = drawn.map((one, index) =>
        nodeOf(`n${index}`, {
          siteName: one.siteName,
          siteId: one.siteName,
          seats: one.seats,
          seatsFree: Math.max(0, one.seats - one.taken),
          draining: one.draining,
          titles: one.hasTitle ? [{ id: 'game', version: '1.0.0' }] : [],
          codecs: one.codecs,
          trust: one.trust,
          country: one.country,
          encodeP95Ms: one.encodeP95Ms,
          centsPerHour: one.centsPerHour,
        }),
      )
      const { trust, countries, latencyBudgetMs } = demands
      const allow = { ...(trust === null ? {} : { trust }), ...(countries === null ? {} : { countries }) }
      return ask(
        nodes,
        {},
        {
          sessionId,
          title: { id: 'game', latencyBudgetMs, allow },
          sites: new Map(
            ['P', 'Q', 'R'].map((id, index) => [id, site(views[index]?.rttMs ?? null, { ...views[index] })]),
          ),
          refusedBy: new Set(nodes.filter((_, index) => drawn[index]?.refused).map(({ nodeId }) => nodeId)),
          warm: new Set([`n${warm}`]),
          last: last === null ? null : { siteId: last, atMs: 9 * hour },
        },
      )
    })

  /** The hard limits once more, from the brief and not from the code. */
  function mayTake(
    node: NodeSnapshot,
    { title, sites, codecs, refusedBy, displayIntervalMs }: DecisionInput,
  ): boolean {
    const { rttMs } = sites.get(node.siteId)?.rtt ?? { rttMs: null }
    const order = ['community', 'verified', 'operator']
    const { trust, countries } = title.allow ?? {}
    return (
      node.seatsFree > 0 &&
      !node.draining &&
      !refusedBy.has(node.nodeId) &&
      node.titles.some(({ id }) => id === title.id) &&
      node.codecs.some((codec) => codecs.includes(codec)) &&
      (trust === undefined || order.indexOf(node.trust ?? '') >= order.indexOf(trust)) &&
      (countries === undefined || countries.includes(node.country ?? '')) &&
      (title.latencyBudgetMs === null ||
        (rttMs !== null && rttMs + (node.encodeP95Ms ?? 25) + displayIntervalMs <= title.latencyBudgetMs))
    )
  }

  it('takes a node that may take the player, whenever there is one, and never another', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { chosenNodeId, candidates } = decide(input)
        const able = input.nodes.filter((node) => mayTake(node, input)).map(({ nodeId }) => nodeId)
        expect(candidates.filter(({ ruledOut }) => ruledOut === null)).to.have.length(able.length)
        if (able.length === 0) expect(chosenNodeId).to.equal(null)
        else expect(able).to.include(chosenNodeId)
        expect(candidates.map(({ nodeId }) => nodeId)).to.have.members(
          input.nodes.map(({ nodeId }) => nodeId),
        )
      }),
    )
  })

  it('is the same whatever the order of the nodes, and for the same inputs', () => {
    fc.assert(
      fc.property(anyInput, fc.infiniteStream(fc.nat()), (input, keys) => {
        const shuffled = input.nodes
          .map((node) => ({ node, key: keys.next().value ?? 0 }))
          .sort((x, y) => x.key - y.key)
          .map(({ node }) => node)
        expect(decide({ ...input, nodes: shuffled })).to.deep.equal(decide(input))
        expect(decide(input)).to.deep.equal(decide(input))
      }),
    )
  })

  it('takes a node that is better than the one it would have taken and worse in nothing', () => {
    fc.assert(
      fc.property(anyInput, fc.integer({ min: 1, max: 50 }), (input, byMs) => {
        const before = decide(input)
        const winner = input.nodes.find(({ nodeId }) => nodeId === before.chosenNodeId)
        if (winner === undefined) return
        const view = input.sites.get(winner.siteId) ?? site(null)
        const better: NodeSnapshot = {
          ...winner,
          nodeId: 'better',
          siteId: 'Better',
          siteName: 'Better',
          encodeP95Ms: 0,
          centsPerHour: 0,
        }
        const rtt: RttEstimate = {
          ...view.rtt,
          rttMs: Math.max(0, (view.rtt.rttMs ?? 500) - byMs),
          uncertaintyMs: 0,
        }
        const improved = {
          ...input,
          nodes: [...input.nodes, better],
          sites: new Map(input.sites).set('Better', {
            rtt,
            distanceKm: null,
            silent: false,
            use: 0,
            priceMs: null,
          }),
          warm: new Set([...input.warm, 'better']),
          last: null,
        }
        expect(decide(improved).chosenNodeId).to.equal('better')
      }),
    )
  })
})
