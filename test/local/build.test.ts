import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { entryName, sourcesOf, withAddresses } from '../../server/local/buildClient.mjs'
import { isFresh, stampsIn } from '../../server/local/freshness.mjs'

describe('a build', () => {
  const record = { key: 'k', inputs: { 'a.ts': '1:2' }, outputs: ['dist/a.mjs'] }
  const stamps = new Map([
    ['a.ts', '1:2'],
    ['dist/a.mjs', '5:5'],
  ])
  const stampOf = (file: string) => stamps.get(file) ?? null

  it('stands while its inputs are what they were and its outputs are there', () => {
    expect(isFresh(record, 'k', stampOf)).to.equal(true)
  })

  it('is made again for a changed or removed input, a lost output, another way to build, or none before', () => {
    expect(isFresh(record, 'k', (file) => (file === 'a.ts' ? '9:2' : '5:5'))).to.equal(false)
    expect(isFresh(record, 'k', (file) => (file === 'a.ts' ? null : '5:5'))).to.equal(false)
    expect(isFresh(record, 'k', (file) => (file === 'a.ts' ? '1:2' : null))).to.equal(false)
    expect(isFresh(record, 'other', stampOf)).to.equal(false)
    expect(isFresh(null, 'k', stampOf)).to.equal(false)
  })

  it('sees a change of a file by its time and size', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'freshness-'))
    try {
      const stamp = stampsIn(folder)
      expect(stamp('a')).to.equal(null)
      mkdirSync(path.join(folder, 'b'))
      writeFileSync(path.join(folder, 'a'), 'one')
      const before = stamp('a')
      writeFileSync(path.join(folder, 'a'), 'three')
      expect(stamp('a')).to.not.equal(before)
      expect(readFileSync(path.join(folder, 'a'), 'utf8')).to.equal('three')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a page of the web app', () => {
  const html = [
    '<link rel="icon" href="/favicon.svg" />',
    '<link rel="stylesheet" href="./style.css" />',
    '<link rel="stylesheet" href="/shared/theme.css" />',
    '<script type="module" src="../play/main.ts"></script>',
  ].join('\n')

  it('names its scripts and style sheets by their source', () => {
    expect(sourcesOf('client/library/index.html', html)).to.deep.equal([
      'client/library/style.css',
      'client/shared/theme.css',
      'client/play/main.ts',
    ])
  })

  it('gets the built ones in their place, and nothing else is touched', () => {
    const built = withAddresses(
      'client/library/index.html',
      html,
      new Map([
        ['client/library/style.css', '/assets/library-1.css'],
        ['client/play/main.ts', '/assets/play-2.js'],
      ]),
    )
    expect(built).to.include('href="/assets/library-1.css"').and.include('src="/assets/play-2.js"')
    expect(built).to.include('href="/favicon.svg"')
  })

  it('is named after its folder', () => {
    expect(entryName('client/library/index.html')).to.equal('library')
    expect(entryName('client/library/main.ts')).to.equal('library')
    expect(entryName('client/play.html')).to.equal('play')
  })
})
