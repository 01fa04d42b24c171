import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Frame } from 'node-av/lib'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { openCapture } from '../../../edge/stream/capture.ts'

describe('a capture that could not be opened', () => {
  it('keeps no picture', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nearcade-test-capture-'))
    const display = await startDisplay({ sessionDir: folder, seat: 22, widthPx: 320, heightPx: 200 })
    const { free } = Frame.prototype
    let freed = 0
    Frame.prototype.free = function (this: Frame) {
      freed += 1
      free.call(this)
    }
    try {
      const error = await openCapture({
        display: { ...display, socketFile: join(folder, 'none') },
        inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
        widthPx: 320,
        heightPx: 200,
        onDamage: () => {},
      }).catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(Error)
      expect(freed).to.equal(2)
    } finally {
      Frame.prototype.free = free
      await display[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
