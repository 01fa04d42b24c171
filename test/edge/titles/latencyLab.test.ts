import { expect } from 'chai'
import { readBarcode } from '../../../config/protocol/barcode.ts'
import type { BarcodeState } from '../../../config/protocol/barcode.ts'
import { applyEvent, firstState } from '../../../edge/titles/latency-lab/state.ts'
import { moverAt } from '../../../edge/titles/latency-lab/screen.ts'
import { textRectangles } from '../../../edge/titles/latency-lab/font.ts'
import { cellPx, jumpPx, textureCells, textureOffset } from '../../../edge/titles/latency-lab/texture.ts'
import { until } from '../sandbox/rig.ts'
import { playTitle } from './played.ts'
import type { PlayedTitle } from './played.ts'

const readyTimeoutMs = 15_000

describe('Latency Lab', function () {
  this.timeout(30_000)
  let lab: PlayedTitle
  const code = (): BarcodeState | null => readBarcode(1280, lab.screen.read())
  const shows = (what: string, holds: (state: BarcodeState) => boolean): Promise<void> =>
    until(what, () => {
      const state = code()
      return state !== null && holds(state)
    })
  before(async () => {
    lab = await playTitle('latency-lab', 44)
    await until('it shows its code', () => code() !== null, readyTimeoutMs)
  })
  after(async () => {
    await lab[Symbol.asyncDispose]()
  })

  it('flips its block at a key, with the id of the input in the code, and clicks', async () => {
    const before = code()
    lab.peak()
    lab.injector.control('KeyZ', true, 12)
    lab.injector.control('KeyZ', false, 13)
    await shows('the key', (state) => state.inputId === 13 && state.lastKey === 44 && state.keysDown === 0)
    expect(code()?.blockIsWhite).to.equal(!before?.blockIsWhite)
    const middleOfBlock = lab.screen.read()(300, 320)
    expect(middleOfBlock).to.equal(code()?.blockIsWhite === true ? 255 : 0)
    await until('the click', () => lab.peak() > 20_000)
  })

  it('shows pointer, buttons, wheel and text', async () => {
    lab.injector.pointer(0.25, 0.5, 20)
    await shows('the pointer', ({ pointerX, pointerY }) => pointerX === 320 && pointerY === 360)
    lab.injector.button(2, true, 21)
    await shows('the button', ({ lastButton, buttonsDown }) => lastButton === 3 && buttonsDown === 0b100)
    lab.injector.button(2, false, 22)
    lab.injector.wheel(-1, 2, 23)
    await shows('the wheel', ({ wheelX, wheelY, inputId }) => wheelX === -1 && wheelY === 2 && inputId === 23)
    await lab.injector.text('é😀', 24)
    await shows('the text', ({ lastCharacter, characters }) => lastCharacter === 0x1f600 && characters === 2)
  })

  it('stands still until something happens, and animates at 60 frames a second when asked', async () => {
    const still = code()?.counter
    const fromMs = lab.heardMs()
    await until('time for six frames has passed', () => lab.heardMs() >= fromMs + 100)
    expect(code()?.counter).to.equal(still)
    lab.injector.control('KeyA', true, 30)
    lab.injector.control('KeyA', false, 31)
    await shows('the animation', ({ animating, inputId }) => animating && inputId === 31)
    const from = { counter: 0, atMs: 0 }
    await shows('a frame', ({ counter }) => {
      Object.assign(from, { counter, atMs: performance.now() })
      return true
    })
    await shows('60 more', ({ counter }) => counter >= from.counter + 60)
    expect(performance.now() - from.atMs).to.be.within(900, 2500)
    lab.injector.control('F2', true, 32)
    await shows('a still screen', ({ animating }) => !animating)
  })
})

describe('Latency Lab, worked out', () => {
  it('keeps the last id where an input has none, and flips at presses alone', () => {
    const pressed = applyEvent(firstState(false), { kind: 'key', evdev: 44, down: true }, 7)
    const released = applyEvent(pressed, { kind: 'key', evdev: 44, down: false }, 0)
    expect(released.code).to.include({ inputId: 7, presses: 1, keysDown: 0, blockIsWhite: true })
  })

  it('animates a pattern at key N, and the squares again at the next', () => {
    const press = (state: ReturnType<typeof firstState>) =>
      applyEvent(state, { kind: 'key', evdev: 49, down: true }, 0)
    const patterned = press(firstState(false))
    expect([patterned.texture, patterned.code.animating]).to.deep.equal([true, true])
    const again = press(patterned)
    expect([again.texture, again.code.animating]).to.deep.equal([false, true])
  })

  it('looks at a place of its pattern that the frame before does not foretell', () => {
    const places = Array.from({ length: 600 }, (_, frame) => textureOffset(frame))
    const steps = places.slice(1).map(([x, y], i) => {
      const [lastX, lastY] = places[i] ?? [0, 0]
      return Math.hypot(x - lastX, y - lastY)
    })
    expect(steps.filter((px) => px < 16).length).to.be.lessThan(12)
    for (const at of places.flat()) expect(at).to.be.within(0, jumpPx - 1)
    const cells = textureCells(80, 40, 6)
    expect(cells.reduce((sum, { length }) => sum + length / 4, 0)).to.equal((80 * 40) / cellPx ** 2)
  })

  it('moves its squares within their stage, the same for the same frame', () => {
    for (let frame = 0; frame < 2000; frame += 7) {
      const { x, y } = moverAt(3, frame)
      expect(x).to.be.within(620, 1240 - 56)
      expect(y).to.be.within(110, 530 - 56)
      expect(moverAt(3, frame)).to.deep.equal({ x, y })
    }
  })

  it('draws a character in joined dots', () => {
    expect(textRectangles('-', 10, 20, 2)).to.deep.equal([10, 26, 10, 2])
    expect(textRectangles(' ~', 0, 0, 1)).to.deep.equal([])
  })
})
