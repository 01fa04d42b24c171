import { expect } from 'chai'
import * as fc from 'fast-check'
import { whatToDrop } from '../../../edge/packages/room.ts'

const version = (treeId: string, files: Record<string, number>) => ({
  treeId,
  files: new Map(Object.entries(files)),
})

describe('making room', () => {
  it('takes the first that are enough, and counts a file that others have for nothing', () => {
    const [a, b, c] = [
      version('a', { one: 10, two: 10 }),
      version('b', { one: 10 }),
      version('c', { three: 5 }),
    ]
    expect(whatToDrop(0, [a, b], new Set())).to.deep.equal([])
    expect(whatToDrop(10, [a, b, c], new Set())).to.deep.equal(['a'])
    expect(whatToDrop(15, [a, b, c], new Set())).to.deep.equal(['a', 'b'])
    expect(whatToDrop(15, [a, b, c], new Set(['one']))).to.deep.equal(['a', 'b', 'c'])
    expect(whatToDrop(16, [a, b, c], new Set(['one']))).to.equal(null)
  })

  it('frees what was asked for, of files that nobody else has, or lets everything stay', () => {
    const files = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constant(7), { minKeys: 1 })
    fc.assert(
      fc.property(fc.array(files), fc.subarray(['a', 'b', 'c']), fc.nat(40), (given, kept, bytes) => {
        const droppable = given.map((one, at) => version(String(at), one))
        const staying = new Set(kept)
        const drop = whatToDrop(bytes, droppable, staying)
        const gone = drop ?? droppable.map(({ treeId }) => treeId)
        const rest = new Set(
          droppable
            .filter(({ treeId }) => !gone.includes(treeId))
            .flatMap(({ files: own }) => [...own.keys()]),
        )
        const freed = new Set(
          droppable
            .filter(({ treeId }) => gone.includes(treeId))
            .flatMap(({ files: own }) => [...own.keys()])
            .filter((key) => !rest.has(key) && !staying.has(key)),
        )
        expect(freed.size * 7 >= bytes).to.equal(drop !== null)
      }),
    )
  })
})
