import { expect } from 'chai'
import fc from 'fast-check'
import { isPlainPath } from '../../../config/protocol/content.ts'
import { chunkBytes, filesFault, type SaveFile } from '../../../config/protocol/saves.ts'
import { homeLooksLike, type KnownHome, planHome, sameFiles } from '../../../edge/saves/compare.ts'

const hash = (digit: string): string => digit.repeat(64)
const file = (path: string, change: Partial<SaveFile> = {}): SaveFile => ({
  path,
  mode: 0o600,
  size: 3,
  mtimeMs: 5000,
  chunks: [hash('a')],
  ...change,
})
const found = (files: readonly SaveFile[]) => files.map(({ chunks: _chunks, ...rest }) => rest)

describe('paths of saves', () => {
  for (const path of ['save', 'a/b/c', '.config/game.cfg', 'a b/ü', 'a\\b', '…', 'a\nb', 'x'.repeat(255)])
    it(`may be ${JSON.stringify(path).slice(0, 30)}`, () => expect(isPlainPath(path)).to.equal(true))
  for (const path of [
    '',
    '/etc/passwd',
    '..',
    '../up',
    'a/../../b',
    'a/..',
    './a',
    'a/./b',
    'a//b',
    'a/',
    'a\0b',
    '\ud800',
    'x'.repeat(256),
    'ü'.repeat(128),
    Array(600).fill('x').join('/'),
  ])
    it(`may not be ${JSON.stringify(path).slice(0, 30)}`, () => expect(isPlainPath(path)).to.equal(false))
})

describe('a list of saves as a whole', () => {
  const table: readonly [string, readonly SaveFile[], RegExp | null][] = [
    ['nothing', [], null],
    ['neighbours with a common beginning', [file('a'), file('ab'), file('a.b/c'), file('b/a')], null],
    ['an empty file', [file('a', { size: 0, chunks: [] })], null],
    [
      'a file of a chunk and a byte',
      [file('a', { size: chunkBytes + 1, chunks: [hash('a'), hash('b')] })],
      /more than/,
    ],
    ['the same path twice', [file('a'), file('a')], /twice/],
    ['a file that is a folder', [file('a/b/c'), file('a/b')], /a file and a folder/],
    ['too few chunks', [file('a', { chunks: [] })], /chunks/],
    ['too many chunks', [file('a', { chunks: [hash('a'), hash('b')] })], /chunks/],
    ['more than may travel', [file('a', { size: 60 }), file('b', { size: 60 })], /more than 100/],
  ]
  for (const [what, files, fault] of table)
    it(`${fault === null ? 'may be' : 'may not be'} ${what}`, () => {
      const told = filesFault(files, 100)
      if (fault === null) expect(told).to.equal(null)
      else expect(told).to.match(fault)
    })
})

describe('whether a home is the newest', () => {
  const known = (version: number, files: readonly SaveFile[], sent: KnownHome['sent'] = null): KnownHome => ({
    version,
    files,
    sent,
    readAtMs: 0,
  })
  const [v1, v2, own] = [
    [file('a')],
    [file('a', { chunks: [hash('b')], mtimeMs: 6000 })],
    [file('a', { mtimeMs: 7000 })],
  ]
  const at = (version: number, files: readonly SaveFile[]) => ({ version, files })
  const table: readonly [
    string,
    KnownHome | null,
    readonly SaveFile[] | null,
    ReturnType<typeof at>,
    string,
  ][] = [
    ['the router has nothing: what is here stays', null, own, at(0, []), 'keep'],
    ['the router has forgotten: what is here stays', known(3, v1), v1, at(0, []), 'keep'],
    ['nobody has been elsewhere: what is here goes on, sent or not', known(1, v1), own, at(1, v1), 'keep'],
    ['nothing is here', null, null, at(1, v1), 'fetch'],
    ['its folder was deleted', known(1, v1), null, at(1, v1), 'fetch'],
    ['it was played elsewhere since, and all of this was sent', known(1, v1), v1, at(2, v2), 'fetch'],
    [
      'it was played elsewhere since, and this was not sent',
      known(1, v1),
      own,
      at(2, v2),
      'putAsideAndFetch',
    ],
    ['the last snapshot came, its answer did not', known(1, v1, v2), own, at(2, v2), 'keep'],
    ['nothing is known of what is here', null, own, at(2, v2), 'putAsideAndFetch'],
    ['an empty home is no loss', null, [], at(2, v2), 'fetch'],
    ['the same number of another past', known(2, v1), own, at(2, v2), 'putAsideAndFetch'],
  ]
  for (const [what, before, here, router, plan] of table)
    it(what, () => expect(planHome(before, here === null ? null : found(here), router)).to.equal(plan))

  const files = fc.uniqueArray(
    fc.record({
      path: fc.constantFrom('a', 'b', 'c/d', 'e'),
      mode: fc.constantFrom(0o600, 0o755),
      size: fc.integer({ min: 1, max: 3 }),
      mtimeMs: fc.integer({ min: 0, max: 4 }).map((n) => n * 1000),
      chunks: fc.constantFrom('a', 'b').map((digit) => [hash(digit)]),
    }),
    { selector: ({ path }) => path },
  )

  it('never throws away what was not sent', () => {
    fc.assert(
      fc.property(
        fc.option(files),
        fc.option(files),
        files,
        files,
        fc.nat(3),
        fc.nat(3),
        (last, sent, here, router, had, has) => {
          const plan = planHome(last === null ? null : known(had, last, sent), found(here), at(has, router))
          const isCopy =
            homeLooksLike(found(here), router) || (last !== null && homeLooksLike(found(here), last))
          if (plan === 'fetch') expect(isCopy || here.length === 0).to.equal(true)
        },
      ),
    )
  })

  it('says of two lists that they are the same only when each file of either is in the other', () => {
    fc.assert(
      fc.property(files, files, (one, other) => {
        const text = (list: readonly SaveFile[]) =>
          JSON.stringify(
            list.map(({ mtimeMs: _mtimeMs, ...rest }) => rest).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
          )
        expect(sameFiles(one, other)).to.equal(text(one) === text(other))
        expect(sameFiles(one, [...one].reverse())).to.equal(true)
      }),
    )
  })
})
