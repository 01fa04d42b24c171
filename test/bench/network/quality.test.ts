import { expect } from 'chai'
import { qualityOf } from './quality.ts'

const size = { widthPx: 64, heightPx: 48 }
const twoPictures = (luma: (i: number) => number) =>
  Buffer.from(Uint8Array.from({ length: 2 * size.widthPx * size.heightPx }, (_, i) => luma(i)))

describe('quality of pictures', () => {
  it('says that nothing differs where nothing does', async () => {
    const drawn = twoPictures((i) => (i * 7) % 200)
    expect(await qualityOf({ ...size, seen: drawn, drawn })).to.deep.equal({ psnrDb: Infinity, ssim: 1 })
  })

  it('is the peak signal over the mean error, and falls with structure', async () => {
    const drawn = twoPictures((i) => (i * 7) % 200)
    const seen = twoPictures((i) => ((i * 7) % 200) + 10)
    const { psnrDb, ssim } = await qualityOf({ ...size, seen, drawn })
    expect(psnrDb).to.be.closeTo(20 * Math.log10(255 / 10), 0.01)
    expect(ssim).to.be.within(0.9, 0.999)
    const flat = await qualityOf({ ...size, seen: twoPictures(() => 100), drawn })
    expect(flat.ssim).to.be.below(0.2)
  })
})
