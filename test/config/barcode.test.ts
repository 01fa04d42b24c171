import { expect } from 'chai'
import fc from 'fast-check'
import { decodeBarcode, emptyBarcode, encodeBarcode, readBarcode } from '../../config/protocol/barcode.ts'
import type { BarcodeState } from '../../config/protocol/barcode.ts'

const bits = (n: number) => fc.integer({ min: 0, max: 2 ** n - 1 })
const signed16 = fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })
const states: fc.Arbitrary<BarcodeState> = fc.record({
  counter: bits(32),
  inputId: bits(32),
  blockIsWhite: fc.boolean(),
  animating: fc.boolean(),
  presses: bits(16),
  lastKey: bits(8),
  keysDown: bits(8),
  lastButton: bits(8),
  buttonsDown: bits(16),
  wheelX: signed16,
  wheelY: signed16,
  pointerX: bits(12),
  pointerY: bits(12),
  lastCharacter: bits(24),
  characters: bits(8),
})

describe("Latency Lab's picture code", () => {
  it('gives back every state that it can hold', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(decodeBarcode(encodeBarcode(state).map((bit) => bit * 255))).to.deep.equal(state)
      }),
    )
  })

  it('is refused when one cell is wrong', () => {
    const cells = encodeBarcode({ ...emptyBarcode, counter: 123_456, inputId: 77 }).map((bit) => bit * 255)
    for (let i = 0; i < cells.length; i++) {
      const broken = cells.map((luma, at) => (at === i ? 255 - luma : luma))
      expect(decodeBarcode(broken), `cell ${i}`).to.equal(null)
    }
  })

  it('is read at half size, off by a grey level or forty', () => {
    const state = { ...emptyBarcode, counter: 99, inputId: 5, pointerX: 1279, wheelY: -3 }
    const cells = encodeBarcode(state)
    const lumaAt = (x: number, y: number): number =>
      (cells[Math.floor(y / 10) * 64 + Math.floor(x / 10)] ?? 0) === 1 ? 200 : 40
    expect(readBarcode(640, lumaAt)).to.deep.equal(state)
  })

  it('is not seen in a black, white or grey picture', () => {
    for (const luma of [0, 128, 255]) expect(readBarcode(1280, () => luma)).to.equal(null)
  })
})
