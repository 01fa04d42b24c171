import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepReadyTitles, type ReadyTitles } from '../../../edge/agent/readyTitles.ts'

describe('the titles that a node keeps ready', () => {
  let folder: string
  let titles: ReadyTitles
  let changed: () => void
  let reads: Map<string, string[]>
  let packed: Map<string, string[]>
  /** Every list of ready ones, in order. */
  let lists: string[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-test-ready-'))
    await mkdir(join(folder, 'game', 'data'), { recursive: true })
    await writeFile(join(folder, 'game', 'data', 'level'), Buffer.alloc(3_000_000))
    await writeFile(join(folder, 'game', 'program'), Buffer.alloc(1_000_000))
    await writeFile(join(folder, 'small'), 'small')
    reads = new Map([
      ['game', [join(folder, 'game'), join(folder, 'not there')]],
      ['small', [join(folder, 'small')]],
    ])
    packed = new Map()
    lists = []
    changed = () => {}
    titles = keepReadyTitles({
      reads(titleId) {
        const host = reads.get(titleId)
        return host === undefined ? null : async () => ({ host, packed: packed.get(titleId) ?? [] })
      },
      maxBytes: 4_000_000,
      onChange() {
        lists.push(titles.ready.join(' '))
        changed()
      },
    })
  })
  afterEach(async () => {
    await titles[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const until = (list: string): Promise<void> =>
    new Promise((resolve) => {
      changed = () => {
        if (lists.at(-1) === list) resolve()
      }
      changed()
    })

  it('are told as soon as their files have been read, and no longer than they are wanted', async () => {
    titles.keep(['game', 'unknown'])
    expect(titles.ready).to.deep.equal([])
    await until('game')
    titles.keep(['small'])
    expect(titles.ready).to.deep.equal([])
    await until('small')
    expect(lists).to.deep.equal(['game', '', 'small'])
  })

  it('are as many as there is memory for, the most wanted first', async () => {
    titles.keep(['small', 'game'])
    await until('small')
    titles.keep(['game', 'small'])
    await until('game')
    expect(titles.ready).to.deep.equal(['game'])
  })

  it('are also those that come to the node after they were asked for', async () => {
    titles.keep(['new', 'small'])
    await until('small')
    reads.set('new', [])
    packed.set('new', [join(folder, 'game', 'program')])
    titles.lookAgain()
    await until('new small')
  })

  it('are read again only when others are asked for', async () => {
    titles.keep(['small'])
    await until('small')
    titles.keep(['small'])
    expect(lists).to.deep.equal(['small'])
  })
})
