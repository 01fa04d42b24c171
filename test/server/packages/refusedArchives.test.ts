import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { NearcadeError } from '../../../config/errors.ts'
import { packageChunkBytes } from '../../../config/protocol/package.ts'
import { unpack } from '../../../server/packages/archives/unpack.ts'
import { archiveBed, maxBytes } from './support/archiveBed.ts'
import { manifest, rawZip, tarOf, zipOf } from './support/archives.ts'
import { bodyOf, framesOf, randomBytesOf, treeFrom } from './support/builds.ts'
import { noise } from './support/hostile.ts'
import { packed, tars } from './support/hostileTars.ts'
import { zips } from './support/hostileZips.ts'

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
  )

describe('archives are refused whole, and nothing of them is kept:', function () {
  this.timeout(60_000)
  const bed = archiveBed()
  const cases = [
    ...tars.map(([what, make, reason]) => [what, 'game.tar', make, reason] as const),
    ...packed.map(([what, make, reason]) => [`packed, ${what}`, 'game.tar.gz', make, reason] as const),
    ...zips.map(([what, make, reason]) => [`zip, ${what}`, 'game.zip', make, reason] as const),
  ]
  for (const [what, name, make, reason] of cases)
    it(what, async () => {
      const { state, error, treeId } = await bed.unpacked(name, await make())
      expect({ state, code: error?.code, treeId }).to.deep.equal({
        state: 'refused',
        code: 'package-refused',
        treeId: undefined,
      })
      expect((error?.details ?? []).join('\n')).to.contain(reason)
      expect(await bed.filesIn()).to.deep.equal([])
      expect(await bed.store.packages.usage(bed.org)).to.equal(0)
    })

  it('whatever bytes of them are changed, they end as a tree or as refused', async () => {
    const whole = {
      'game.tar': await tarOf([
        { name: 'game', data: noise },
        { name: 'run', type: 'symlink', linkname: 'game' },
      ]),
      'game.tar.gz': gzipSync(await tarOf([{ name: 'game', data: noise }])),
      'game.zip': await zipOf({ game: { data: noise }, text: { data: 'text'.repeat(500) } }),
    }
    const change = fc.tuple(fc.nat(20_000), fc.nat(255))
    const ends = fc.asyncProperty(
      fc.constantFrom(...(Object.keys(whole) as (keyof typeof whole)[])),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      fc.nat(4),
      async (name, changes, cut) => {
        const archive = Buffer.from(whole[name].subarray(0, whole[name].length - (cut === 0 ? 100 : 0)))
        for (const [at, value] of changes) archive[at % archive.length] = value
        const { chunks, tree } = treeFrom({ archive })
        const source = {
          name,
          size: archive.length,
          chunks: tree.files[0]?.chunks ?? [],
          read: async (sha256: string) => chunks.get(sha256) ?? expect.fail('no such chunk'),
        }
        const code = await codeOf(
          unpack(
            source,
            maxBytes,
            async () => {},
            () => {},
          ),
        )
        expect(code).to.be.oneOf(['done', 'package-refused'])
      },
    )
    await fc.assert(ends, { numRuns: 500 })
  })

  it('what their organisation has no room for', async () => {
    const half = { 'big.dat': randomBytesOf(5, 8 * packageChunkBytes) }
    const archive = await zipOf({ 'big.dat': { data: half['big.dat'] } })
    await bed.again(12 * packageChunkBytes)
    const id = await bed.sent('game.zip', archive)
    await bed.packages.finish(bed.org, id)
    expect((await bed.settled(id)).error?.code).to.equal('over-quota')
    await bed.again()
    expect(await bed.filesIn()).to.deep.equal([])
  })

  it('and what was there before stays, of this organisation and of others', async () => {
    const kept = treeFrom({ [manifest.name]: Buffer.from(manifest.data), game: noise })
    const { view } = await bed.packages.begin(bed.org, bodyOf({ kind: 'tree', tree: kept.tree }))
    await bed.packages.write(bed.org, view.uploadId, framesOf(kept.chunks))
    const { treeId } = await bed.packages.finish(bed.org, view.uploadId)
    const there = (await bed.filesIn()).toSorted()
    expect(
      (
        await bed.unpacked(
          'bad.zip',
          rawZip([
            { name: 'game', data: noise },
            { name: '../x', data: noise },
          ]),
        )
      ).state,
    ).to.equal('refused')
    expect((await bed.filesIn()).toSorted()).to.deep.equal(there)
    expect((await bed.packages.readFile(treeId ?? '', 'game', 9999))?.equals(noise)).to.equal(true)
  })
})
