import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { openCapture } from '../../../edge/stream/capture.ts'

describe('a capture that could not be opened', () => {
  it('keeps no picture', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nearcade-test-capture-'))
    const display = await startDisplay({ sessionDir: folder, seat: 22, widthPx: 320, heightPx: 200 })
    const fail = async (): Promise<void> => {
      const opened = await openCapture({
        display: { ...display, socketFile: join(folder, 'none') },
        inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
        widthPx: 1920,
        heightPx: 1080,
        onDamage: () => {},
      }).catch(() => null)
      expect(opened).to.equal(null)
    }
    try {
      await fail()
      const before = process.memoryUsage.rss()
      // two pictures of 3 MB each
      for (let i = 0; i < 80; i += 1) await fail()
      expect((process.memoryUsage.rss() - before) / 1e6).to.be.lessThan(90)
    } finally {
      await display[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
