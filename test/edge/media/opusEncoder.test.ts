import { expect } from 'chai'
import { createOpusEncoder } from '../../../edge/media/opusEncoder.ts'

describe('opus encoder', () => {
  it('makes one packet of about the asked rate from each 10 ms block', async () => {
    const encoder = await createOpusEncoder({ blockMs: 10, bitrateBps: 96_000 })
    expect(encoder.blockBytes).to.equal(1920)
    const pcm = Buffer.alloc(encoder.blockBytes)
    let bytes = 0
    for (let nth = 0; nth < 100; nth++) {
      for (let at = 0; at < 480; at++) {
        const value = Math.round(8000 * Math.sin((nth * 480 + at) / 17))
        pcm.writeInt16LE(value, at * 4)
        pcm.writeInt16LE(value, at * 4 + 2)
      }
      const packet = encoder.encode(pcm)
      if (nth > 0) expect(packet).to.not.equal(null)
      bytes += packet?.length ?? 0
    }
    expect(bytes * 8).within(10_000, 160_000)
    encoder.close()
  })

  it('refuses a block of another size', async () => {
    const encoder = await createOpusEncoder({ blockMs: 10, bitrateBps: 96_000 })
    expect(() => encoder.encode(Buffer.alloc(100))).to.throw(RangeError)
    encoder.close()
  })
})
