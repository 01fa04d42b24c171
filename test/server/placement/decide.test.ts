import { expect } from 'chai'
import { placementReport, type RuledOut, type TrustClass } from '../../../config/protocol/placement.ts'
import { decide, type DecisionInput, type SiteView } from '../../../server/placement/decide.ts'
import type { NodeGpu } from '../../../config/protocol/titleGpu.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { nodeOf } from '../support/nodes.ts'
import { anyTitle, ask, guessed, hour, site } from './decideAsk.ts'

const [a, b] = [nodeOf('a'), nodeOf('b')]

describe('the placement decision', () => {
  const choices: readonly (readonly [string, DecisionInput, string | null])[] = [
    ['nothing, when no node is online', ask([]), null],
    ['the only node, whatever is unknown of it', ask([a]), 'a'],
    ['the lowest round trip', ask([a, b], { a: site(20), b: site(5) }), 'b'],
    ['a far node rather than one of unknown distance', ask([a, b], { b: site(200) }), 'b'],
    [
      'a quicker encoder where it wins more than the way loses',
      ask([nodeOf('a', { encodeP95Ms: 30 }), nodeOf('b', { encodeP95Ms: 8 })], { a: site(5), b: site(20) }),
      'b',
    ],
    [
      'a node that has measured its encoder rather than one that has not',
      ask([nodeOf('a', { encodeP95Ms: null }), nodeOf('b', { encodeP95Ms: 10 })], { a: site(5), b: site(5) }),
      'b',
    ],
    [
      'a farther site rather than the last seats of a full one',
      ask([a, b], { a: site(5, { use: 0.99 }), b: site(20) }),
      'b',
    ],
    [
      'a farther site rather than seats that others will need more',
      ask([a, b], { a: site(5, { use: 0.5, priceMs: 20 }), b: site(20, { priceMs: 0 }) }),
      'b',
    ],
    [
      'the same seats for somebody whose next best is farther still',
      ask([a, b], { a: site(5, { use: 0.5, priceMs: 20 }), b: site(40, { priceMs: 0 }) }),
      'a',
    ],
    [
      'the last seats of a site that nobody else will ask for',
      ask([a, b], { a: site(5, { use: 0.99, priceMs: 0 }), b: site(20, { priceMs: 0 }) }),
      'a',
    ],
    ['a half full site as if it were empty', ask([a, b], { a: site(5, { use: 0.5 }), b: site(7) }), 'a'],
    [
      'a site that answers rather than a near one that was probed in vain',
      ask([a, b], { a: { ...guessed(5), silent: true }, b: site(250) }),
      'b',
    ],
    [
      'a site that was probed in vain, when none answered (UDP may be blocked)',
      ask([a], { a: { ...guessed(5), silent: true } }),
      'a',
    ],
    [
      'a sure figure rather than a guess that is the same',
      ask([a, b], {
        a: site(20, { rtt: { rttMs: 20, source: 'prior', uncertaintyMs: 15 } }),
        b: site(20, { rtt: { rttMs: 20, source: 'probe', uncertaintyMs: 1 } }),
      }),
      'b',
    ],
    [
      'the cheaper of two that are as good',
      ask([nodeOf('a', { centsPerHour: 100 }), nodeOf('b', { centsPerHour: 20 })], {
        a: site(5),
        b: site(5),
      }),
      'b',
    ],
    [
      'a node without trouble rather than one where sessions crash',
      ask([a, b], { a: site(5), b: site(15) }, { qualityMs: new Map([['a', 50]]) }),
      'b',
    ],
    [
      'the node that keeps the title ready',
      ask([a, b], { a: site(5), b: site(5) }, { warm: new Set(['b']) }),
      'b',
    ],
    [
      'where the player was before, while nothing is much better',
      ask([a, b], { a: site(5), b: site(7) }, { last: { siteId: 'B', atMs: 9 * hour } }),
      'b',
    ],
    [
      'another site than the last one where that is much better',
      ask([a, b], { a: site(5), b: site(15) }, { last: { siteId: 'B', atMs: 9 * hour } }),
      'a',
    ],
    [
      'a far able node rather than a near one that is full',
      ask([nodeOf('a', { seatsFree: 0 }), b], { a: site(1), b: site(90) }),
      'b',
    ],
  ]
  for (const [what, input, expected] of choices)
    it(`picks ${what}`, () => expect(decide(input).chosenNodeId).to.equal(expected))

  it('takes the less used of two equals, and not always the same node', () => {
    const equals = Array.from({ length: 6 }, (_, index) =>
      nodeOf(`n${index}`, { siteName: 'One', siteId: 'One', seats: 100, seatsFree: 60 + index }),
    )
    const sites = new Map([['One', site(5)]])
    const chosen = Array.from(
      { length: 60 },
      (_, session) => decide(ask(equals, {}, { sites, sessionId: `s${session}` })).chosenNodeId,
    )
    expect(new Set(chosen).size).to.be.greaterThan(2)
    expect(chosen, 'the fullest loses against whichever other one is drawn').not.to.include('n0')
  })

  it('tells the nodes of a priced site apart by their use, and does not hold it against the site', () => {
    const [busy, busier] = [6, 7].map((taken) =>
      nodeOf(`used${taken}`, { siteName: 'One', siteId: 'One', seats: 8, seatsFree: 8 - taken }),
    )
    const nodes = [busier, busy, nodeOf('idle')].flatMap((node) => node ?? [])
    const sites = new Map([
      ['One', site(5, { priceMs: 0 })],
      ['IDLE', site(5.8, { priceMs: 0 })],
    ])
    const { chosenNodeId, candidates } = decide(ask(nodes, {}, { sites }))
    expect(chosenNodeId).to.equal('used6')
    const loads = new Map(candidates.map(({ nodeId, terms }) => [nodeId, terms['load']]))
    expect(loads.get('used6')).to.equal(0)
    expect(loads.get('used7')).to.be.above(1)
  })

  const budget = { ...anyTitle, latencyBudgetMs: 60 }
  const trusted = { ...anyTitle, allow: { trust: 'verified' as TrustClass } }
  const local = { ...anyTitle, allow: { countries: ['DE', 'FR'] } }
  const card: NodeGpu = { name: 'Card', vramBytes: 8 * 1024 ** 3, apis: ['gl', 'vulkan'] }
  const drawing = {
    ...anyTitle,
    gpu: { class: 'any' as const, api: 'vulkan' as const, vramBytes: 4 * 1024 ** 3 },
  }
  const refusals: readonly (readonly [
    string,
    NodeSnapshot,
    Partial<DecisionInput>,
    SiteView,
    RuledOut | null,
  ])[] = [
    ['a node without a free seat', nodeOf('a', { seatsFree: 0 }), {}, site(5), 'no-seat'],
    ['a node whose seats are no number', nodeOf('a', { seatsFree: Number.NaN }), {}, site(5), 'no-seat'],
    ['a node without the title', nodeOf('a', { titles: [] }), {}, site(5), 'title-missing'],
    ['a node whose video nobody can show', nodeOf('a', { codecs: ['vp8'] }), {}, site(5), 'codec-missing'],
    ['a node without the GPU that it wants', a, { title: drawing }, site(5), 'no-gpu'],
    [
      'a node whose GPU is too small',
      nodeOf('a', { gpu: { ...card, vramBytes: 1024 ** 3 } }),
      { title: drawing },
      site(5),
      'no-gpu',
    ],
    [
      'a node of which nobody knows how large its GPU is',
      nodeOf('a', { gpu: { ...card, vramBytes: null } }),
      { title: drawing },
      site(5),
      'no-gpu',
    ],
    [
      'a node whose GPU cannot draw so',
      nodeOf('a', { gpu: { ...card, apis: ['gl'] } }),
      { title: drawing },
      site(5),
      'no-gpu',
    ],
    ['a node with the GPU that it wants', nodeOf('a', { gpu: card }), { title: drawing }, site(5), null],
    ['a node with a GPU that it does not want', nodeOf('a', { gpu: card }), {}, site(5), null],
    ['a node that is about to stop', nodeOf('a', { draining: true }), {}, site(5), 'draining'],
    ['a node that has refused', a, { refusedBy: new Set(['a']) }, site(5), 'refused'],
    ['a node within the budget', a, { title: budget }, site(40), null],
    ['a node beyond the budget', a, { title: budget }, site(41), 'too-far'],
    ['a node of unknown distance, where there is a budget', a, { title: budget }, site(null), 'too-far'],
    ['a node of unknown distance, where there is none', a, {}, site(null), null],
    ['a node that nobody vouches for', a, { title: trusted }, site(5), 'untrusted'],
    [
      'a node below the trust asked for',
      nodeOf('a', { trust: 'community' }),
      { title: trusted },
      site(5),
      'untrusted',
    ],
    [
      'a node above the trust asked for',
      nodeOf('a', { trust: 'operator' }),
      { title: trusted },
      site(5),
      null,
    ],
    ['a node in no known country', a, { title: local }, site(5), 'no-consent'],
    ['a node where it may not run', nodeOf('a', { country: 'US' }), { title: local }, site(5), 'no-consent'],
    ['a node where it may run', nodeOf('a', { country: 'FR' }), { title: local }, site(5), null],
  ]
  for (const [what, node, change, view, expected] of refusals)
    it(`${expected === null ? 'admits' : 'rules out'} ${what}`, () => {
      const { candidates, chosenNodeId } = decide(ask([node], { a: view }, change))
      expect(candidates.map(({ ruledOut }) => ruledOut)).to.deep.equal([expected])
      expect(chosenNodeId).to.equal(expected === null ? 'a' : null)
    })

  it('weighs every node openly: terms add up to the score, the chosen one comes first, and what is ruled out has none', () => {
    const report = decide(
      ask([nodeOf('full', { seatsFree: 0 }), nodeOf('far'), nodeOf('near')], {
        full: site(1),
        far: site(80, { use: 0.9 }),
        near: guessed(8),
      }),
    )
    expect(report.candidates.map(({ nodeId }) => nodeId)).to.deep.equal(['near', 'far', 'full'])
    for (const { terms, scoreMs } of report.candidates) {
      if (scoreMs === null) continue
      const sum = Object.values(terms).reduce((total, term) => total + term, 0)
      expect(sum).to.be.closeTo(scoreMs, 1e-9)
    }
    expect(report.candidates.at(-1)).to.deep.include({ scoreMs: null, ruledOut: 'no-seat' })
    expect(placementReport.parse(JSON.parse(JSON.stringify(report)))).to.deep.equal(report)
  })
})

describe('the words of a placement', () => {
  const frankfurt = nodeOf('frankfurt', { siteName: 'Frankfurt' })
  const named = (name: string, change: Partial<NodeSnapshot> = {}): NodeSnapshot =>
    nodeOf(name, { siteName: name, ...change })
  const sentences: readonly (readonly [string, DecisionInput])[] = [
    ['No node is online.', ask([])],
    ['Frankfurt: 12 ms.', ask([frankfurt], { frankfurt: site(12) })],
    ['Frankfurt: about 12 ms.', ask([frankfurt], { frankfurt: guessed(12) })],
    ['Frankfurt: at a distance that nobody has measured.', ask([frankfurt])],
    [
      'Frankfurt: 12 ms; Paris was nearer but full.',
      ask([named('Paris', { seatsFree: 0 }), frankfurt], { Paris: site(4), frankfurt: site(12) }),
    ],
    [
      'Frankfurt: 12 ms; Paris was nearer but keeps seats for players who have nowhere else to go.',
      ask([named('Paris'), frankfurt], { Paris: site(4, { use: 0.99 }), frankfurt: site(12) }),
    ],
    [
      'Frankfurt: 12 ms.',
      ask([named('Tokyo', { seatsFree: 0 }), frankfurt], { Tokyo: site(240), frankfurt: site(12) }),
    ],
    [
      'No node can take you: Paris is full; Tokyo is too far for this game.',
      ask(
        [named('Tokyo'), named('Paris', { seatsFree: 0 })],
        { Paris: site(4), Tokyo: site(240) },
        { title: { ...anyTitle, latencyBudgetMs: 80 } },
      ),
    ],
    [
      'No node can take you: Paris lacks the graphics card that this game needs.',
      ask([named('Paris')], { Paris: site(4) }, { title: { ...anyTitle, gpu: { class: 'any' } } }),
    ],
  ]
  for (const [words, input] of sentences)
    it(`are: ${words}`, () => expect(decide(input).inWords).to.equal(words))

  it('name two nearer sites and count the others', () => {
    const nearer = ['A', 'B', 'C', 'D'].map((name) => named(name, { seatsFree: 0 }))
    const views = Object.fromEntries(['A', 'B', 'C', 'D'].map((name, at) => [name, site(at + 1)]))
    expect(decide(ask([...nearer, frankfurt], { ...views, frankfurt: site(12) })).inWords).to.equal(
      'Frankfurt: 12 ms; A was nearer but full; B was nearer but full; so were 2 more.',
    )
  })
})
