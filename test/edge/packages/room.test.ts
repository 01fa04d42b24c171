import { expect } from 'chai'
import * as fc from 'fast-check'
import { type Droppable, type Room, whatToDrop } from '../../../edge/packages/room.ts'

const version = (treeId: string, files: Record<string, number>) => ({
  treeId,
  files: () => Object.entries(files),
  own: { bytes: 0, inodes: 0 },
})
function dropped(
  short: number | Room,
  droppable: readonly Droppable[],
  staying: ReadonlySet<string>,
): readonly string[] | null {
  const steps = whatToDrop(
    typeof short === 'number' ? { bytes: short, inodes: 0 } : short,
    droppable,
    staying,
  )
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

describe('making room', () => {
  it('takes the first that are enough, and counts a file that others have for nothing', () => {
    const [a, b, c] = [
      version('a', { one: 10, two: 10 }),
      version('b', { one: 10 }),
      version('c', { three: 5 }),
    ]
    expect(dropped(0, [a, b], new Set())).to.deep.equal([])
    expect(dropped(10, [a, b, c], new Set())).to.deep.equal(['a'])
    expect(dropped(15, [a, b, c], new Set())).to.deep.equal(['a', 'b'])
    expect(dropped(15, [a, b, c], new Set(['one']))).to.deep.equal(['a', 'b', 'c'])
    expect(dropped(16, [a, b, c], new Set(['one']))).to.equal(null)
  })

  it('goes on until there is room for so many files, where that is what lacks', () => {
    const [large, small] = [version('large', { one: 10 ** 9 }), version('small', { two: 1, three: 1 })]
    expect(dropped({ bytes: 5, inodes: 1 }, [large, small], new Set())).to.deep.equal(['large'])
    expect(dropped({ bytes: 5, inodes: 2 }, [large, small], new Set())).to.deep.equal(['large', 'small'])
    expect(dropped({ bytes: 0, inodes: 4 }, [large, small], new Set())).to.equal(null)
  })

  it('frees what was asked for, of files that nobody else has, or lets everything stay', () => {
    const files = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constant(7), { minKeys: 1 })
    fc.assert(
      fc.property(fc.array(files), fc.subarray(['a', 'b', 'c']), fc.nat(40), (given, kept, bytes) => {
        const droppable = given.map((one, at) => version(String(at), one))
        const staying = new Set(kept)
        const drop = dropped(bytes, droppable, staying)
        const gone = drop ?? droppable.map(({ treeId }) => treeId)
        const rest = new Set(
          droppable
            .filter(({ treeId }) => !gone.includes(treeId))
            .flatMap(({ files: own }) => [...own()].map(([key]) => key)),
        )
        const freed = new Set(
          droppable
            .filter(({ treeId }) => gone.includes(treeId))
            .flatMap(({ files: own }) => [...own()].map(([key]) => key))
            .filter((key) => !rest.has(key) && !staying.has(key)),
        )
        expect(freed.size * 7 >= bytes).to.equal(drop !== null)
      }),
    )
  })
})
