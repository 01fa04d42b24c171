import { expect } from 'chai'
import fc from 'fast-check'
import { NearcadeError } from '../../../config/errors.ts'
import { createChunkList, packChunks } from '../../../server/packages/chunkList.ts'
import { isDiskFull } from '../../../server/packages/diskFloor.ts'
import { createPlaces } from '../../../server/packages/places.ts'
import { createTurns } from '../../../server/packages/turns.ts'
import { createManualClock } from '../support/manualClock.ts'
import { hashOf } from './support/builds.ts'

const GiB = 1024 ** 3

describe('what is bounded of uploads', () => {
  const codeOf = (work: () => unknown): string => {
    try {
      work()
      return 'done'
    } catch (cause) {
      return cause instanceof NearcadeError ? cause.code : String(cause)
    }
  }

  it('bodies at once: of one organisation and of all, until one leaves', () => {
    const places = createPlaces({ perOrg: 2, all: 3, undisturbedMs: 1000 }, createManualClock(0))
    const enter = (orgId: string): (() => void) => places.enter(orgId, () => {})
    const leave = enter('a')
    enter('a')
    expect(codeOf(() => enter('a'))).to.equal('uploads-busy')
    enter('b')
    expect(codeOf(() => enter('c'))).to.equal('uploads-busy')
    leave()
    leave()
    expect(codeOf(() => enter('c'))).to.equal('done')
    expect(codeOf(() => enter('d'))).to.equal('uploads-busy')
  })

  it('and by those who send slowly: the oldest of them gives way to whoever comes', () => {
    const clock = createManualClock(0)
    const places = createPlaces({ perOrg: 2, all: 2, undisturbedMs: 1000 }, clock)
    const gone: string[] = []
    places.enter('slow', () => gone.push('slow'))
    clock.pass(500)
    places.enter('later', () => gone.push('later'))
    expect(codeOf(() => places.enter('next', () => {}))).to.equal('uploads-busy')
    clock.pass(600)
    places.enter('next', () => gone.push('next'))
    expect(codeOf(() => places.enter('another', () => {}))).to.equal('uploads-busy')
    expect(gone).to.deep.equal(['slow'])
  })

  it('work: whoever has much of it waits for those who have little', () => {
    const turns = createTurns<string>()
    for (const work of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) turns.add(work.slice(0, 1), work)
    turns.remove((work) => work === 'a2')
    const done: (string | null)[] = [turns.next(), turns.next()]
    turns.add('b', 'b2')
    for (let work = turns.next(); work !== null; work = turns.next()) done.push(work)
    expect(done).to.deep.equal(['a1', 'b1', 'c1', 'a3', 'b2', 'c2'])
  })

  it('a disk: it keeps 5 GiB or 2 % of itself, a small one a tenth, and a share of its inodes', () => {
    const disk = (totalGiB: number, freeGiB: number, files = 0, freeFiles = 0) => ({
      totalBytes: totalGiB * GiB,
      freeBytes: freeGiB * GiB,
      totalFiles: files,
      freeFiles,
    })
    const full = [disk(100, 4.9), disk(1000, 19), disk(20, 1.9), disk(100, 50, 1e6, 19_999)]
    const open = [disk(100, 5.1), disk(1000, 21), disk(20, 2.1), disk(100, 50, 1e6, 20_001), disk(100, 50)]
    expect(full.map((one) => isDiskFull(one, 0, null))).to.not.include(false)
    expect(open.map((one) => isDiskFull(one, 0, null))).to.not.include(true)
    expect(isDiskFull(disk(100, 6), 2 * GiB, null)).to.equal(true)
    expect([isDiskFull(disk(100, 6), 0, 7 * GiB), isDiskFull(disk(1000, 6), 0, 0)]).to.deep.equal([
      true,
      false,
    ])
  })

  it('no look-up among chunks, which finds each and nothing else, whatever their hashes', () => {
    const hash = fc.oneof(
      fc.integer({ min: 0, max: 9 }).map((n) => hashOf(`${n}`)),
      // Alike in all but a few bits.
      fc.integer({ min: 0, max: 200 }).map((n) => n.toString(16).padStart(64, '0')),
    )
    fc.assert(
      fc.property(fc.uniqueArray(hash, { maxLength: 60 }), hash, (hashes, other) => {
        const list = createChunkList(packChunks(new Map(hashes.map((sha256, at) => [sha256, at + 1]))))
        expect(list.hashes()).to.deep.equal(hashes)
        expect(hashes.map((sha256) => list.bytesAt(list.find(sha256)))).to.deep.equal(
          hashes.map((_, at) => at + 1),
        )
        expect(list.find(other)).to.equal(hashes.indexOf(other))
        expect(list.find('short')).to.equal(-1)
      }),
    )
  })
})
