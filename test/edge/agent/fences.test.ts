import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { openFences } from '../../../edge/agent/fences.ts'

describe('fencing tokens', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-fences-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('rise over restarts, also when the clock has gone back a year or the agent was killed', () => {
    const file = path.join(folder, 'data', 'fence')
    const nowMs = Date.now()
    const given: number[] = []
    for (const clockMs of [nowMs, nowMs - 365 * 86_400_000, 0, nowMs + 60_000]) {
      const next = openFences(file, clockMs)
      given.push(next(), next(), next())
    }
    expect(given).to.deep.equal([...new Set(given)].sort((a, b) => a - b))
    expect(given.every(Number.isSafeInteger)).to.equal(true)
  })

  it('are refused where the file holds something else: a guess might be below what was given out', async () => {
    const file = path.join(folder, 'fence')
    await writeFile(file, 'x')
    expect(() => openFences(file, 5)).to.throw('no fencing token')
  })
})
