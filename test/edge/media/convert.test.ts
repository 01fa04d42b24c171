import { expect } from 'chai'
import { createLibyuvConverter } from '../../../edge/media/libyuv.ts'
import { addressOf } from '../../../edge/media/native.ts'
import { allocatePicture, type Picture } from '../../../edge/media/picture.ts'
import { chromaAligned, type Converter, type PixelSource } from '../../../edge/media/pixels.ts'
import { samePixels } from '../../../edge/media/samePixels.ts'
import { createSwscaleConverter } from '../../../edge/media/swscale.ts'

function screen(widthPx: number, heightPx: number, colour: (x: number, y: number) => number): PixelSource {
  const view = Buffer.alloc(widthPx * heightPx * 4)
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) view.writeUInt32LE(colour(x, y), (y * widthPx + x) * 4)
  }
  return { view, address: addressOf(view), strideBytes: widthPx * 4, widthPx, heightPx }
}

function sample(picture: Picture, x: number, y: number): [number, number, number] {
  const [luma, blue, red] = picture.planes
  const at = (plane: typeof luma, px: number, py: number) => plane.bytes[py * plane.strideBytes + px] ?? -1
  return [at(luma, x, y), at(blue, x >> 1, y >> 1), at(red, x >> 1, y >> 1)]
}

// ITU-R BT.601, limited range.
const colours: Record<string, [number, [number, number, number]]> = {
  black: [0x000000, [16, 128, 128]],
  white: [0xffffff, [235, 128, 128]],
  red: [0xff0000, [81, 90, 240]],
  green: [0x00ff00, [145, 54, 34]],
  blue: [0x0000ff, [41, 240, 110]],
}

function near(actual: readonly number[], wanted: readonly number[], by: number, what: string): void {
  for (const [index, value] of wanted.entries())
    expect(actual[index], `${what} [${index}]`).closeTo(value, by)
}

describe('pixel conversion', () => {
  const converters: [string, () => Converter | null][] = [
    ['libyuv', createLibyuvConverter],
    ['swscale', createSwscaleConverter],
  ]
  for (const [name, create] of converters) {
    it(`${name} turns known colours into their BT.601 values, scaled or not`, function () {
      const converter = create()
      if (converter === null) return this.skip()
      for (const [widthPx, heightPx] of [
        [64, 32],
        [32, 16],
      ] as const) {
        const target = allocatePicture(widthPx, heightPx)
        for (const [colour, [rgb, yuv]] of Object.entries(colours)) {
          converter.convert(
            screen(64, 32, () => rgb),
            target,
            null,
          )
          near(sample(target, 10, 8), yuv, 2, colour)
        }
        target.close()
      }
      converter.close()
    })
  }

  it('only touches the changed area, grown to whole chroma samples', function () {
    const converter = createLibyuvConverter()
    if (converter === null) return this.skip()
    const target = allocatePicture(64, 32)
    converter.convert(
      screen(64, 32, () => 0),
      target,
      null,
    )
    converter.convert(
      screen(64, 32, () => 0xffffff),
      target,
      { xPx: 11, yPx: 7, widthPx: 3, heightPx: 2 },
    )
    expect(sample(target, 9, 7)[0]).to.equal(16)
    expect(sample(target, 10, 6)[0]).to.equal(235)
    expect(sample(target, 13, 9)[0]).to.equal(235)
    expect(sample(target, 14, 9)[0]).to.equal(16)
    converter.close()
    target.close()
  })

  it('cuts an area at the edges of the screen', () => {
    const area = { xPx: -3, yPx: 29, widthPx: 100, heightPx: 10 }
    expect(chromaAligned(area, 64, 32)).to.deep.equal({ xPx: 0, yPx: 28, widthPx: 64, heightPx: 4 })
  })

  it('sees one changed sample of any plane, and only in the lines asked for', () => {
    const [a, b] = [allocatePicture(64, 32), allocatePicture(64, 32)]
    for (const picture of [a, b]) for (const plane of picture.planes) plane.bytes.fill(7)
    expect(samePixels(a, b, 0, 32)).to.equal(true)
    for (const [index, plane] of b.planes.entries()) {
      const line = index === 0 ? 20 : 10
      plane.bytes[line * plane.strideBytes] = 8
      expect(samePixels(a, b, 0, 32), `plane ${index}`).to.equal(false)
      expect(samePixels(a, b, 0, 20)).to.equal(true)
      expect(samePixels(a, b, 22, 32)).to.equal(true)
      plane.bytes[line * plane.strideBytes] = 7
    }
    a.close()
    b.close()
  })

  it('refuses pictures with odd sides', () => {
    expect(() => allocatePicture(63, 32)).to.throw(RangeError)
  })
})
