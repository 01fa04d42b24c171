import type { TouchInput } from '../../../config/protocol/input.ts'

export interface TouchEvent {
  readonly type: 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel'
  readonly touchPoints: readonly { readonly id: number; readonly x: number; readonly y: number }[]
}

const types = { start: 'touchStart', move: 'touchMove', end: 'touchEnd', cancel: 'touchCancel' } as const

/**
 * Pure state: single fingers → DevTools touch events, which name every finger that is down after the event
 * (Input.dispatchTouchEvent: "TouchEnd and TouchCancel must not contain any touch points").
 */
export class TouchPoints {
  readonly #size: { readonly widthPx: number; readonly heightPx: number }
  readonly #down = new Map<number, { readonly x: number; readonly y: number }>()

  constructor(size: { readonly widthPx: number; readonly heightPx: number }) {
    this.#size = size
  }

  /** Null when the event makes no sense: a finger that moves or lifts without having touched. */
  apply(touch: TouchInput): TouchEvent | null {
    const known = this.#down.has(touch.touchId)
    if (touch.phase !== 'start' && !known) return null
    if (touch.phase === 'end' || touch.phase === 'cancel') this.#down.delete(touch.touchId)
    else this.#down.set(touch.touchId, { x: touch.x * this.#size.widthPx, y: touch.y * this.#size.heightPx })
    const touchPoints = [...this.#down].map(([id, point]) => ({ id, ...point }))
    // a finger lifted while others stay is told by its absence
    const lifted = touch.phase === 'end' || touch.phase === 'cancel'
    return { type: lifted && touchPoints.length > 0 ? 'touchMove' : types[touch.phase], touchPoints }
  }
}
