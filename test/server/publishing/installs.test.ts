import { expect } from 'chai'
import { installLines } from '../../../client/cli/commands/installLines.ts'
import { errorCatalogue, wireError } from '../../../config/errors.ts'
import { installsOf } from '../../../server/publishing/installs.ts'
import { nodeOf } from '../support/nodes.ts'

describe('what publishers hear of nodes that could not get a version', () => {
  const of = { titleId: 'game', version: '2.0.0' }
  const failing = (nodeId: string, error: { code: string; what: string; next: string; details?: string[] }) =>
    nodeOf(nodeId, { titles: [], packages: { installing: [], faults: [{ ...of, error }] } })
  const tooLarge = { ...errorCatalogue['package-too-large'], code: 'package-too-large', details: ['9 MiB'] }

  it('is how many have it, get it and cannot, by reason, what concerns most of them first', () => {
    const getting = { installing: [{ ...of, doneBytes: 1, totalBytes: 2 }], faults: [] }
    const [old, version, ...more] = installsOf('game', [
      nodeOf('a', { titles: [{ id: 'game', version: '1.0.0' }] }),
      nodeOf('b', {
        titles: [
          { id: 'game', version: '2.0.0' },
          { id: 'other', version: '2.0.0' },
        ],
      }),
      nodeOf('c', { titles: [], packages: getting }),
      failing('d', { ...errorCatalogue['node-full'], code: 'node-full' }),
      failing('e', tooLarge),
      failing('f', tooLarge),
    ])
    expect([old?.version, old?.ready, old?.faults, more]).to.deep.equal(['1.0.0', 1, [], []])
    expect([version?.ready, version?.installing]).to.deep.equal([1, 1])
    expect(version?.faults.map(({ nodes, sites, error }) => [error.code, nodes, sites])).to.deep.equal([
      ['package-too-large', 2, ['E', 'F']],
      ['node-full', 1, ['D']],
    ])
  })

  it('is in the network’s own words, whatever a host has its node say', () => {
    const [heard] = installsOf('game', [
      failing('a', { code: 'node-full', what: 'Send money.', next: 'http://evil.example' }),
      failing('b', { code: 'toString', what: 'Send money.', next: '' }),
    ])
    expect(heard?.faults.map(({ error }) => error)).to.deep.equal([
      { ...wireError('node-full'), details: [] },
      { ...wireError('internal'), details: [] },
    ])
  })

  it('is a line for each reason on the command line', () => {
    const installs = installsOf('game', [failing('e', tooLarge), failing('f', tooLarge)])
    expect(installLines({ installs })).to.deep.equal([
      `2.0.0: 2 nodes at E, F could not get it. ${tooLarge.what} (9 MiB) ${tooLarge.next}`,
    ])
    expect(installLines({ installs }, '1.0.0')).to.deep.equal([])
    expect(installLines({})).to.deep.equal([])
  })
})
