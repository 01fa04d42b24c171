import { emptyBarcode } from '../../../config/protocol/barcode.ts'
import type { BarcodeState } from '../../../config/protocol/barcode.ts'

export type LabEvent =
  | { readonly kind: 'key'; readonly evdev: number; readonly down: boolean }
  | { readonly kind: 'character'; readonly codePoint: number }
  /** X button: 4 to 7 are wheel notches up, down, left, right. */
  | { readonly kind: 'button'; readonly button: number; readonly down: boolean }
  | { readonly kind: 'pointer'; readonly x: number; readonly y: number }

export interface LabState {
  readonly code: BarcodeState
  readonly keys: ReadonlySet<number>
  /** Whether the animation is one that does not compress. */
  readonly texture: boolean
}

const keyA = 30
const keyN = 49
const f2 = 60

export const firstState = (animating: boolean): LabState => ({
  code: { ...emptyBarcode, animating },
  keys: new Set(),
  texture: false,
})

const wheel: Readonly<Record<number, readonly [number, number]>> = {
  4: [0, -1],
  5: [0, 1],
  6: [-1, 0],
  7: [1, 0],
}

const flip = (code: BarcodeState): BarcodeState => ({
  ...code,
  blockIsWhite: !code.blockIsWhite,
  presses: (code.presses + 1) % 2 ** 16,
})

/** Pure: what one input does. `inputId` 0 means that nobody announced one, and the last stays. */
export function applyEvent(state: LabState, event: LabEvent, inputId: number): LabState {
  const code = inputId === 0 ? state.code : { ...state.code, inputId }
  switch (event.kind) {
    case 'key': {
      const keys = new Set(state.keys)
      if (!event.down) {
        keys.delete(event.evdev)
        return { ...state, keys, code: { ...code, keysDown: keys.size } }
      }
      keys.add(event.evdev)
      const toggles = event.evdev === keyA || event.evdev === f2
      const texture = event.evdev === keyN ? !state.texture : state.texture
      const animating = toggles ? !code.animating : code.animating || (texture && !state.texture)
      return { keys, texture, code: { ...flip(code), lastKey: event.evdev, keysDown: keys.size, animating } }
    }
    case 'character':
      return {
        ...state,
        code: { ...flip(code), lastCharacter: event.codePoint, characters: (code.characters + 1) % 256 },
      }
    case 'button': {
      const notch = wheel[event.button]
      if (notch !== undefined) {
        if (!event.down) return state
        return {
          ...state,
          code: { ...flip(code), wheelX: code.wheelX + notch[0], wheelY: code.wheelY + notch[1] },
        }
      }
      const bit = 1 << (event.button - 1)
      if (!event.down) return { ...state, code: { ...code, buttonsDown: code.buttonsDown & ~bit } }
      return {
        ...state,
        code: { ...flip(code), lastButton: event.button, buttonsDown: code.buttonsDown | bit },
      }
    }
    case 'pointer':
      return { ...state, code: { ...code, pointerX: Math.max(0, event.x), pointerY: Math.max(0, event.y) } }
    default:
      return event satisfies never
  }
}
