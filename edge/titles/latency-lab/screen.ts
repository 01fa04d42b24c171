import { barcodeColumns, encodeBarcode } from '../../../config/protocol/barcode.ts'
import { evdevByCode } from '../../../config/protocol/keyCodes.ts'
import { lineDots, textRectangles } from './font.ts'
import type { Painter } from './painter.ts'
import type { LabState } from './state.ts'
import { jumpPx, textureCells, textureOffset } from './texture.ts'

const colours = {
  paper: 0x0c1222,
  panel: 0x151e36,
  ink: 0xc9d4f0,
  accent: 0x5ad1a4,
  black: 0x000000,
  white: 0xffffff,
}
const hues = [0xe4572e, 0xf3a712, 0xa8c686, 0x669bbc, 0x9d79bc, 0x5ad1a4]
const codeByEvdev = new Map(Object.entries(evdevByCode).map(([code, evdev]) => [evdev, code]))

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Laid out for 1280x720 and scaled to what the display has. */
const block: Box = { x: 40, y: 110, width: 540, height: 420 }
const stage: Box = { x: 620, y: 110, width: 620, height: 420 }
const text: Box = { x: 40, y: 560, width: 1200, height: 140 }
const movers = 18
const moverPx = 56
const dotPx = 3

/** Where mover `i` is at frame `n`: a bouncing line, so that any frame can be drawn without those before it. */
export function moverAt(i: number, n: number): { readonly x: number; readonly y: number } {
  const bounce = (distance: number, range: number): number => {
    const at = distance % (2 * range)
    return at < range ? at : 2 * range - at
  }
  return {
    x: stage.x + bounce(i * 97 + n * (3 + (i % 5)), stage.width - moverPx),
    y: stage.y + bounce(i * 61 + n * (2 + (i % 4)), stage.height - moverPx),
  }
}

const textLines = ({ code }: LabState): readonly string[] => {
  const key = code.lastKey === 0 ? '-' : (codeByEvdev.get(code.lastKey) ?? String(code.lastKey))
  const character = code.lastCharacter === 0 ? '-' : `U+${code.lastCharacter.toString(16).padStart(4, '0')}`
  return [
    `INPUT ${code.inputId}`,
    `PRESSES ${code.presses}`,
    `KEY ${key}`,
    `BUTTON ${code.lastButton === 0 ? '-' : code.lastButton}`,
    `WHEEL ${code.wheelX},${code.wheelY}`,
    `POINTER ${code.pointerX},${code.pointerY}`,
    `TEXT ${character}`,
    code.animating ? 'ANIMATION: KEY A STOPS IT' : 'STILL: KEY A ANIMATES',
  ]
}

export interface LabScreen {
  /** Everything, e.g. after an Expose. */
  drawAll(state: LabState): void
  /** Only what differs from what is on the screen: the block first, the code that tells of it last. */
  draw(state: LabState): void
}

export function createScreen(painter: Painter, widthPx: number): LabScreen {
  const scale = widthPx / 1280
  const fill = (colour: number, rectangles: readonly number[]): void =>
    painter.fill(
      colour,
      rectangles.map((n) => Math.round(n * scale)),
    )
  const fillBox = (colour: number, { x, y, width, height }: Box): void => fill(colour, [x, y, width, height])
  let shownCells: readonly number[] = []
  let shownLines: readonly string[] = []
  let shownBlock: boolean | null = null
  let shownFrame: number | null = null
  let shownTexture = false
  let stageFrame = 0
  let showTexture: ReturnType<Painter['prepare']> | null = null

  const moverBoxes = (frame: number): Box[] =>
    Array.from({ length: movers }, (_, i) => ({ ...moverAt(i, frame), width: moverPx, height: moverPx }))

  const prepareTexture = (): NonNullable<typeof showTexture> => {
    const [width, height] = [stage.width, stage.height].map((px) => Math.ceil(px * scale) + jumpPx)
    return painter.prepare(width ?? 0, height ?? 0, (paint) => {
      for (const [i, cells] of textureCells(width ?? 0, height ?? 0, hues.length).entries())
        paint(hues[i] ?? 0, cells)
    })
  }

  const drawTexture = (frame: number): void => {
    showTexture ??= prepareTexture()
    const [x, y, width, height] = [stage.x, stage.y, stage.width, stage.height].map((n) =>
      Math.round(n * scale),
    )
    showTexture(...textureOffset(frame), x ?? 0, y ?? 0, width ?? 0, height ?? 0)
  }

  const drawStage = (frame: number): void => {
    if (shownFrame === frame) return
    if (shownFrame !== null)
      fill(
        colours.panel,
        moverBoxes(shownFrame).flatMap(({ x, y, width, height }) => [x, y, width, height]),
      )
    for (const [i, box] of moverBoxes(frame).entries()) fillBox(hues[i % hues.length] ?? colours.accent, box)
    shownFrame = frame
  }

  const drawText = (lines: readonly string[]): void => {
    const columnPx = text.width / 2
    const rowPx = text.height / 4
    for (const [i, line] of lines.entries()) {
      if (shownLines[i] === line) continue
      const x = text.x + (i < 4 ? 0 : columnPx)
      const y = text.y + (i % 4) * rowPx
      fillBox(colours.paper, { x, y, width: columnPx, height: lineDots * dotPx + dotPx })
      fill(i === 7 ? colours.accent : colours.ink, textRectangles(line, x, y, dotPx))
    }
    shownLines = lines
  }

  const drawCode = (cells: readonly number[]): void => {
    const cellPx = 1280 / barcodeColumns
    const changed = (bit: number): number[] =>
      cells.flatMap((cell, i) =>
        cell !== bit || shownCells[i] === cell
          ? []
          : [(i % barcodeColumns) * cellPx, Math.floor(i / barcodeColumns) * cellPx, cellPx, cellPx],
      )
    fill(colours.black, changed(0))
    fill(colours.white, changed(1))
    shownCells = cells
  }

  const draw = (state: LabState): void => {
    const { code } = state
    if (shownBlock !== code.blockIsWhite) fillBox(code.blockIsWhite ? colours.white : colours.black, block)
    shownBlock = code.blockIsWhite
    if (code.animating) stageFrame = code.counter
    if (state.texture) {
      if (code.animating || !shownTexture) drawTexture(stageFrame)
      shownFrame = null
    } else {
      if (shownTexture) fillBox(colours.panel, stage)
      drawStage(stageFrame)
    }
    shownTexture = state.texture
    drawText(textLines(state))
    drawCode(encodeBarcode(code))
  }

  return {
    draw,
    drawAll(state) {
      shownCells = []
      shownLines = []
      shownBlock = null
      shownFrame = null
      shownTexture = false
      fillBox(colours.paper, { x: 0, y: 0, width: 1280, height: 720 })
      fillBox(colours.panel, stage)
      draw(state)
    },
  }
}
