import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { isStale } from '../../server/local/modules.mjs'
import { nodeVersionProblem, oldestNode } from '../../server/local/nodeVersion.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'))

describe('installed modules', () => {
  const wanted = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b-darwin': { version: '2.0.0', optional: true },
    },
  }
  const installed = { packages: { 'node_modules/a': { version: '1.0.0' } } }
  const all = () => true

  it('are current when npm installed what the lock file names, optional parts of other platforms aside', () => {
    expect(isStale(wanted, installed, all)).to.equal(false)
  })

  it('are stale when there are none, or when an installation was cut off', () => {
    expect(isStale(wanted, null, all)).to.equal(true)
    expect(isStale(wanted, {}, all)).to.equal(true)
  })

  it('are stale when a version differs, a package is new, or its folder is gone', () => {
    expect(isStale(wanted, { packages: { 'node_modules/a': { version: '0.9.0' } } }, all)).to.equal(true)
    expect(isStale(wanted, { packages: {} }, all)).to.equal(true)
    expect(isStale(wanted, installed, () => false)).to.equal(true)
  })

  it('can be installed by npm ci: the lock file has every optional package that another one names', () => {
    const lock = readJson('package-lock.json') as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const found = (from: string, name: string): boolean => {
      for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
        if (lock.packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`]) return true
        if (base === '') return false
      }
    }
    const lost = Object.entries(lock.packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !found(from, name)),
    )
    expect(lost).to.deep.equal([])
  })
})

describe('the version of Node', () => {
  it('is refused below the oldest one, with what to do', () => {
    expect(nodeVersionProblem('18.20.4')).to.include('Node 18.20.4').and.include(oldestNode)
    expect(nodeVersionProblem('20.18.9')).to.not.equal(null)
  })

  it('is fine from there on', () => {
    for (const version of [oldestNode, '20.20.2', '22.1.0', '24.0.0-nightly'])
      expect(nodeVersionProblem(version), version).to.equal(null)
  })

  it('is the one of package.json', () => {
    const { engines } = readJson('package.json') as { engines: { node: string } }
    expect(engines.node).to.equal(`>=${oldestNode.replace(/\.0$/, '')}`)
  })
})
