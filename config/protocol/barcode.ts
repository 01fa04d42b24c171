/**
 * The picture code of Latency Lab: what its screen says about itself, read back from a decoded video frame.
 *
 * Layout: 4 rows of 64 square cells across the top of the picture, each 1/64 of its width (20 px at 1280x720, 10 px at
 * 640x360), white = 1, black = 0, most significant bit first, rows from top to bottom. Fields in order, with their bits:
 * `sync` 8 (10110010), then `fields` below, zeros up to 240, and a CRC-16/CCITT-FALSE over those 240 bits in the last 16.
 */
export interface BarcodeState {
  /** Drawn frames since the start, modulo 2^32. */
  readonly counter: number
  /** Id of the last input that the lab drew, 0 = none. */
  readonly inputId: number
  /** Whether the large block is white now. */
  readonly blockIsWhite: boolean
  readonly animating: boolean
  /** Presses of keys, buttons and wheel notches so far, modulo 2^16. */
  readonly presses: number
  /** Evdev code of the last key pressed, 0 = none; and how many keys are down. */
  readonly lastKey: number
  readonly keysDown: number
  /** X button of the last press (1 left, 2 middle, 3 right, 8 back, 9 forward), 0 = none; and bit n-1 for each held. */
  readonly lastButton: number
  readonly buttonsDown: number
  /** Wheel notches so far, each modulo 2^16 and signed: positive is right or down. */
  readonly wheelX: number
  readonly wheelY: number
  /** Pointer in pixels of the display, up to 4095. */
  readonly pointerX: number
  readonly pointerY: number
  /** Code point of the last typed character that is no key of its own, 0 = none; and how many there were, modulo 2^8. */
  readonly lastCharacter: number
  readonly characters: number
}

type Field = { readonly name: keyof BarcodeState; readonly bits: number; readonly signed?: true }
const fields: readonly Field[] = [
  { name: 'counter', bits: 32 },
  { name: 'inputId', bits: 32 },
  { name: 'blockIsWhite', bits: 1 },
  { name: 'animating', bits: 1 },
  { name: 'presses', bits: 16 },
  { name: 'lastKey', bits: 8 },
  { name: 'keysDown', bits: 8 },
  { name: 'lastButton', bits: 8 },
  { name: 'buttonsDown', bits: 16 },
  { name: 'wheelX', bits: 16, signed: true },
  { name: 'wheelY', bits: 16, signed: true },
  { name: 'pointerX', bits: 12 },
  { name: 'pointerY', bits: 12 },
  { name: 'lastCharacter', bits: 24 },
  { name: 'characters', bits: 8 },
]

export const barcodeColumns = 64
export const barcodeRows = 4
const cellCount = barcodeColumns * barcodeRows
const checksumBits = 16
const dataBits = cellCount - checksumBits
const sync = [1, 0, 1, 1, 0, 0, 1, 0]

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff. */
function crc16(bits: readonly number[]): number {
  let crc = 0xffff
  for (const bit of bits) {
    const carry = (crc >>> 15) ^ bit
    crc = ((crc << 1) & 0xffff) ^ (carry === 1 ? 0x1021 : 0)
  }
  return crc
}

const toBits = (value: number, bits: number): number[] => {
  const modulus = 2 ** bits
  const positive = ((Math.trunc(value) % modulus) + modulus) % modulus
  return Array.from({ length: bits }, (_, i) => Math.floor(positive / 2 ** (bits - 1 - i)) % 2)
}

const fromBits = (bits: readonly number[]): number => bits.reduce((value, bit) => value * 2 + bit, 0)

/** The 256 cells in reading order, 1 = white. */
export function encodeBarcode(state: BarcodeState): number[] {
  const data = [...sync, ...fields.flatMap(({ name, bits }) => toBits(Number(state[name]), bits))]
  while (data.length < dataBits) data.push(0)
  return [...data, ...toBits(crc16(data), checksumBits)]
}

/** 256 cells in reading order, each the mean luma (0..255) of a cell → the state, or null when the picture holds no valid code. */
export function decodeBarcode(lumas: ArrayLike<number>): BarcodeState | null {
  if (lumas.length !== cellCount) return null
  const bits = Array.from(lumas, (luma) => (luma > 127 ? 1 : 0))
  if (sync.some((bit, i) => bits[i] !== bit)) return null
  const data = bits.slice(0, dataBits)
  if (fromBits(bits.slice(dataBits)) !== crc16(data)) return null
  const read: Partial<Record<keyof BarcodeState, number>> = {}
  let at = sync.length
  for (const { name, bits: width, signed } of fields) {
    const value = fromBits(data.slice(at, at + width))
    read[name] = signed === true && value >= 2 ** (width - 1) ? value - 2 ** width : value
    at += width
  }
  const number = (name: keyof BarcodeState): number => read[name] ?? 0
  return {
    counter: number('counter'),
    inputId: number('inputId'),
    blockIsWhite: number('blockIsWhite') === 1,
    animating: number('animating') === 1,
    presses: number('presses'),
    lastKey: number('lastKey'),
    keysDown: number('keysDown'),
    lastButton: number('lastButton'),
    buttonsDown: number('buttonsDown'),
    wheelX: number('wheelX'),
    wheelY: number('wheelY'),
    pointerX: number('pointerX'),
    pointerY: number('pointerY'),
    lastCharacter: number('lastCharacter'),
    characters: number('characters'),
  }
}

/** The top rows of a picture that hold the code: all that a reader needs to copy out of it. */
export const barcodeHeightPx = (pictureWidthPx: number): number =>
  Math.ceil((pictureWidthPx / barcodeColumns) * barcodeRows)

/**
 * Reads the code from a picture of any size. `lumaAt(x, y)` gives 0..255 for a whole pixel; the middle of each cell is
 * averaged over 3 by 3 points, so that soft edges of scaling and compression stay out.
 */
export function readBarcode(
  pictureWidthPx: number,
  lumaAt: (x: number, y: number) => number,
): BarcodeState | null {
  const cell = pictureWidthPx / barcodeColumns
  const spread = [-0.2, 0, 0.2]
  const lumas = Array.from({ length: cellCount }, (_, i) => {
    const column = i % barcodeColumns
    const row = Math.floor(i / barcodeColumns)
    let sum = 0
    for (const dy of spread)
      for (const dx of spread)
        sum += lumaAt(Math.floor((column + 0.5 + dx) * cell), Math.floor((row + 0.5 + dy) * cell))
    return sum / 9
  })
  return decodeBarcode(lumas)
}

export const emptyBarcode: BarcodeState = {
  counter: 0,
  inputId: 0,
  blockIsWhite: false,
  animating: false,
  presses: 0,
  lastKey: 0,
  keysDown: 0,
  lastButton: 0,
  buttonsDown: 0,
  wheelX: 0,
  wheelY: 0,
  pointerX: 0,
  pointerY: 0,
  lastCharacter: 0,
  characters: 0,
}
