import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Display } from '../../../edge/display/display.ts'
import { connectDisplay } from '../../../edge/display/xclient.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'

describe('connections to displays', function () {
  this.timeout(20_000)
  let dir: string
  const displays: Display[] = []
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nearcade-test-atoms-'))
    for (const seat of [46, 47])
      displays.push(
        await startDisplay({
          sessionDir: await mkdtemp(join(dir, 'session-')),
          seat,
          widthPx: 320,
          heightPx: 240,
        }),
      )
  })
  after(async () => {
    for (const display of displays) await display[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  it("learns an atom's number from each display anew", async () => {
    const [first, second] = displays
    if (first === undefined || second === undefined) throw new Error('no displays')
    await using one = await connectDisplay(first)
    await using other = await connectDisplay(second)
    await one.atom('NEARCADE_TEST_FIRST')
    const onOne = await one.atom('NEARCADE_TEST_SECOND')
    expect(await other.atom('NEARCADE_TEST_SECOND')).to.equal(onOne - 1)
  })
})
