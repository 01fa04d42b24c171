/**
 * What a page gets in place of the browser's own gamepads, of which a sandbox has none: pads of the W3C standard mapping
 * that we set from outside, with rumble that comes back through a binding.
 */
export const rumbleBinding = '__nearcadeRumble'
export const setPadFunction = '__nearcadePad'

export interface PadState {
  readonly index: number
  readonly connected: boolean
  /** Seventeen values of 0..1. */
  readonly buttons: readonly number[]
  readonly axes: readonly number[]
}

/** Runs in the page before any script of its own. */
export const padShim = `(() => {
  const pads = [null, null, null, null]
  const tell = (type, gamepad) => {
    const event = new Event(type)
    Object.defineProperty(event, 'gamepad', { value: gamepad })
    window.dispatchEvent(event)
  }
  const actuator = (index) => ({
    type: 'dual-rumble',
    effects: ['dual-rumble'],
    playEffect(type, { strongMagnitude = 0, weakMagnitude = 0, duration = 0 } = {}) {
      window.${rumbleBinding}(JSON.stringify({ index, strong: strongMagnitude, weak: weakMagnitude, durationMs: duration }))
      return Promise.resolve('complete')
    },
    reset() {
      window.${rumbleBinding}(JSON.stringify({ index, strong: 0, weak: 0, durationMs: 0 }))
      return Promise.resolve('complete')
    },
  })
  Object.defineProperty(window, '${setPadFunction}', {
    value({ index, connected, buttons, axes }) {
      const before = pads[index]
      if (!connected) {
        pads[index] = null
        if (before) tell('gamepaddisconnected', { ...before, connected: false })
        return
      }
      pads[index] = {
        id: 'Nearcade Gamepad (STANDARD GAMEPAD)',
        index,
        connected: true,
        mapping: 'standard',
        timestamp: performance.now(),
        axes,
        buttons: buttons.map((value) => ({ value, pressed: value > 0.5, touched: value > 0 })),
        vibrationActuator: before ? before.vibrationActuator : actuator(index),
      }
      if (!before) tell('gamepadconnected', pads[index])
    },
  })
  navigator.getGamepads = () => pads.slice()
})()`
