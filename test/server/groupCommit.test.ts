import { expect } from 'chai'
import { groupCommit } from '../../server/store/groupCommit.ts'

describe('a group commit', () => {
  interface Held {
    readonly items: readonly string[]
    done(): void
  }
  const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

  /** A database that answers when it is told to. */
  function open(): { write: (item: string) => Promise<string>; batches: Held[] } {
    const batches: Held[] = []
    const run = (items: readonly string[]): Promise<readonly string[]> =>
      new Promise((resolve, reject) => {
        const done = (): void =>
          items.includes('bad') ? reject(new Error('bad')) : resolve(items.map((item) => `${item} stored`))
        batches.push({ items, done })
      })
    return { write: groupCommit(run, (item) => item.slice(0, 1)), batches }
  }
  async function finish(batches: readonly Held[], count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      while (batches.length <= index) await tick()
      batches[index]?.done()
    }
  }

  it('writes together what comes at once, and what comes while the database is busy', async () => {
    const { write, batches } = open()
    const first = [write('a'), write('b')]
    while (batches.length === 0) await tick()
    const second = [write('c'), write('d'), write('e')]
    await finish(batches, 2)
    expect(await Promise.all([...first, ...second])).to.deep.equal(
      ['a', 'b', 'c', 'd', 'e'].map((item) => `${item} stored`),
    )
    expect(batches.map(({ items }) => items)).to.deep.equal([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
  })

  it('answers nobody before their batch is stored', async () => {
    const { write, batches } = open()
    let answered = false
    const written = write('a').then(() => (answered = true))
    while (batches.length === 0) await tick()
    await tick()
    expect(answered).to.equal(false)
    await finish(batches, 1)
    await written
  })

  it('keeps operations with one key apart and in order', async () => {
    const { write, batches } = open()
    const all = ['a1', 'b1', 'a2', 'b2', 'a3'].map(write)
    await finish(batches, 3)
    await Promise.all(all)
    expect(batches.map(({ items }) => items)).to.deep.equal([['a1', 'b1'], ['a2', 'b2'], ['a3']])
  })

  it('lets one operation fail alone', async () => {
    const { write, batches } = open()
    const all = ['a', 'bad', 'c'].map((item) => write(item).catch(() => 'failed'))
    await finish(batches, 4)
    expect(await Promise.all(all)).to.deep.equal(['a stored', 'failed', 'c stored'])
    expect(await Promise.all([write('d'), finish(batches, 5)])).to.deep.equal(['d stored', undefined])
  })
})
