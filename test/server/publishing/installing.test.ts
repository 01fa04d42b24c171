import { expect } from 'chai'
import fc from 'fast-check'
import type { NodeGpu } from '../../../config/protocol/titleGpu.ts'
import type { ToNode } from '../../../config/protocol/nodeSocket.ts'
import { openLog } from '../../../server/log.ts'
import { nodesBySite } from '../../../server/fleet/keepPlan.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { toEnd } from '../../../server/placement/steps.ts'
import { startInstalling } from '../../../server/publishing/installing.ts'
import { type InstallPackage, installPlan, spreadPackages } from '../../../server/publishing/installPlan.ts'
import { createManualClock } from '../support/manualClock.ts'
import { nodeOf } from '../support/nodes.ts'

const packageOf = (titleId: string, change: Partial<InstallPackage> = {}): InstallPackage => ({
  titleId,
  version: '1.0.0',
  treeId: `tree of ${titleId} ${change.version ?? '1.0.0'}`,
  sizeBytes: 9,
  allow: null,
  isStaged: false,
  ...change,
})
const at = (siteId: string, nodeId: string, change: Partial<NodeSnapshot> = {}): NodeSnapshot => ({
  ...nodeOf(nodeId, change),
  siteId,
})

/** By node, what it should have. */
function planned(
  nodes: readonly NodeSnapshot[],
  packages: readonly InstallPackage[],
  demand: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
): ReadonlyMap<string, readonly string[]> {
  const sites = nodesBySite(nodes)
  const spread = toEnd(spreadPackages(sites, packages))
  const lists = new Map<string, readonly string[]>()
  for (const [siteId, own] of sites) {
    const wanted = new Map(Object.entries(demand[siteId] ?? {}))
    for (const [nodeId, list] of installPlan(own, packages, wanted, spread))
      lists.set(
        nodeId,
        list.map(({ titleId, version }) => `${titleId}@${version}`),
      )
  }
  return lists
}
const having = (lists: ReadonlyMap<string, readonly string[]>, key: string): string[] =>
  [...lists].flatMap(([nodeId, list]) => (list.includes(key) ? [nodeId] : [])).sort()

describe('where packages are installed', () => {
  it('is on the one node that there is', () => {
    expect(
      planned([at('s', 'n')], [packageOf('a'), packageOf('b', { isStaged: true })]).get('n'),
    ).to.have.members(['a@1.0.0', 'b@1.0.0'])
  })

  it('is at three sites where nobody plays it, and at two while it is staged, on one node of each', () => {
    const nodes = Array.from({ length: 40 }, (_, n) => at(`site-${n % 10}`, `n${n}`))
    const lists = planned(nodes, [packageOf('a'), packageOf('b', { isStaged: true })])
    const sitesOf = (key: string) =>
      having(lists, key).map((nodeId) => nodes.find((one) => one.nodeId === nodeId)?.siteId)
    expect([sitesOf('a@1.0.0').length, new Set(sitesOf('a@1.0.0')).size]).to.deep.equal([3, 3])
    expect([sitesOf('b@1.0.0').length, new Set(sitesOf('b@1.0.0')).size]).to.deep.equal([2, 2])
  })

  it('is on twice the seats that its players need, at the sites where they play', () => {
    const nodes = Array.from({ length: 20 }, (_, n) => at(n < 10 ? 'busy' : 'quiet', `n${n}`, { seats: 4 }))
    const far = Array.from({ length: 30 }, (_, n) => at(`far-${n}`, `f${n}`))
    const lists = planned([...nodes, ...far], [packageOf('a')], { busy: { a: 10 } })
    const busy = having(lists, 'a@1.0.0').filter(
      (nodeId) => Number(nodeId.slice(1)) < 10 && nodeId.startsWith('n'),
    )
    expect(busy).to.have.length(5)
  })

  it('names what is played most first, what is live and nowhere yet as if one played it, and what is staged last', () => {
    const packages = ['rare', 'hit', 'staged', 'tested', 'fresh', 'idle'].map((id) =>
      packageOf(id, { isStaged: id === 'staged' || id === 'tested' }),
    )
    const titles = ['rare', 'hit', 'staged', 'idle'].map((id) => ({ id, version: '1.0.0' }))
    const lists = planned([at('s', 'n', { titles })], packages, { s: { hit: 3, rare: 0.2 } })
    expect(lists.get('n')).to.deep.equal(
      ['hit', 'fresh', 'rare', 'idle', 'tested', 'staged'].map((id) => `${id}@1.0.0`),
    )
  })

  it('is never lost to what is staged, however much of that there is', () => {
    const staged = Array.from({ length: 300 }, (_, n) => packageOf(`staged-${n}`, { isStaged: true }))
    const titles = [{ id: 'hit', version: '1.0.0' }]
    const lists = planned([at('s', 'n', { titles })], [...staged, packageOf('hit'), packageOf('idle')], {
      s: { hit: 50 },
    })
    expect(lists.get('n')?.slice(0, 2)).to.deep.equal(['hit@1.0.0', 'idle@1.0.0'])
  })

  it('puts all versions of a title on the same nodes', () => {
    const nodes = Array.from({ length: 12 }, (_, n) => at('s', `n${n}`))
    const lists = planned(nodes, [packageOf('a'), packageOf('a', { version: '2.0.0' })], { s: { a: 4 } })
    expect(having(lists, 'a@1.0.0')).to.deep.equal(having(lists, 'a@2.0.0'))
  })

  it('is never where its publisher has not consented or its GPU is missing, and never nowhere while some node may have it', () => {
    const trust = fc.constantFrom('community' as const, 'operator' as const, null)
    const country = fc.constantFrom('PT', 'DE', null)
    const gpu = fc.constantFrom<NodeGpu | null>({ name: 'Card', vramBytes: null, apis: ['gl'] }, null)
    const node = fc.record({ site: fc.nat(5), trust, country, gpu })
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 20 }), fc.nat(6), (drawn, sessions) => {
        const nodes = drawn.map((one, n) =>
          at(`site-${one.site}`, `n${n}`, { trust: one.trust, country: one.country, gpu: one.gpu }),
        )
        const allow = { trust: 'operator', countries: ['PT'] } as const
        const wanted = packageOf('a', {
          allow: { ...allow, countries: [...allow.countries] },
          gpu: { class: 'any', api: 'gl' },
        })
        const lists = planned(nodes, [wanted], { 'site-0': { a: sessions } })
        const able = nodes
          .filter((one) => one.trust === 'operator' && one.country === 'PT' && one.gpu !== null)
          .map(({ nodeId }) => nodeId)
        const got = having(lists, 'a@1.0.0')
        for (const nodeId of got) expect(able).to.include(nodeId)
        if (able.length > 0) expect(got).not.to.be.empty
      }),
    )
  })

  it('is told to a node when it changes, again to one that lacks it for a minute, in another order every ten minutes, and to nobody else', async () => {
    const clock = createManualClock()
    const sent: [string, string[]][] = []
    let packages = [packageOf('a')]
    let nodes = [at('s', 'n')]
    let demand = new Map<string, number>()
    const installing = startInstalling({
      fleet: {
        index: { all: () => nodes },
        send(nodeId, message: ToNode) {
          if (message.kind !== 'install') return false
          sent.push([nodeId, message.packages.map(({ titleId }) => titleId)])
          return true
        },
      },
      packages: () => packages,
      expected: () => new Map([['s', demand]]),
      clock,
      log: openLog('silent'),
      rest: () => expect.fail('time stands still'),
    })
    const passed = (ms: number): [string, string[]][] => {
      for (let at = 0; at < ms; at += 1000) clock.pass(1000)
      return sent.splice(0)
    }
    expect(passed(2_000)).to.deep.equal([['n', ['a']]])
    expect(passed(50_000), 'it is still installing').to.deep.equal([])
    expect(passed(60_000)).to.deep.equal([['n', ['a']]])
    nodes = [at('s', 'n', { titles: [{ id: 'a', version: '1.0.0' }] })]
    expect(passed(120_000)).to.deep.equal([])
    packages = [...packages, packageOf('b')]
    installing.soon()
    expect(passed(2_000)).to.deep.equal([['n', ['b', 'a']]])
    const both = ['a', 'b'].map((id) => ({ id, version: '1.0.0' }))
    nodes = [at('s', 'n', { titles: both })]
    demand = new Map([['a', 3]])
    installing.soon()
    expect(passed(9 * 60_000)).to.deep.equal([])
    expect(passed(2 * 60_000)).to.deep.equal([['n', ['a', 'b']]])
    expect(passed(20 * 60_000)).to.deep.equal([])
    packages = []
    installing.soon()
    expect(passed(2_000)).to.deep.equal([['n', []]])
    await installing.close()
  })
})
