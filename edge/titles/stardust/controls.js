'use strict'

/**
 * Keyboard, mouse, touch and pad as one: a wish to turn and thrust, or a point to fly to, and whether to fire.
 * Whatever was used last decides.
 */
const controls = (() => {
  const keys = new Set()
  let pointer = null
  let fingers = 0
  const wanted = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Space', 'Enter'])
  addEventListener('keydown', (event) => {
    keys.add(event.code)
    if (event.code !== 'Space') pointer = null
    if (wanted.has(event.code)) event.preventDefault()
  })
  addEventListener('keyup', (event) => keys.delete(event.code))
  addEventListener('blur', () => keys.clear())
  addEventListener('contextmenu', (event) => event.preventDefault())

  const point = (event, firing) => {
    pointer = { x: event.clientX / innerWidth, y: event.clientY / innerHeight, firing }
  }
  addEventListener('mousemove', (event) => point(event, (event.buttons & 1) === 1))
  addEventListener('mousedown', (event) => point(event, true))
  addEventListener('mouseup', (event) => point(event, false))
  const touched = (event) => {
    event.preventDefault()
    fingers = event.touches.length
    if (fingers > 0) point(event.touches[0], true)
    else if (pointer) pointer.firing = false
  }
  for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel'])
    addEventListener(type, touched, { passive: false })

  const firstPad = () => navigator.getGamepads().find((pad) => pad !== null)
  const held = (...codes) => codes.some((code) => keys.has(code))

  return {
    /** `x`, `y`: direction wished for, length up to 1; or `target` in 0..1 of the picture. */
    read() {
      const pad = firstPad()
      let x = (held('ArrowRight', 'KeyD') ? 1 : 0) - (held('ArrowLeft', 'KeyA') ? 1 : 0)
      let y = (held('ArrowDown', 'KeyS') ? 1 : 0) - (held('ArrowUp', 'KeyW') ? 1 : 0)
      let firing = held('Space', 'ControlLeft')
      if (pad) {
        const [stickX, stickY] = pad.axes
        if (Math.hypot(stickX, stickY) > 0.2) [x, y] = [stickX, stickY]
        x += (pad.buttons[15]?.pressed ? 1 : 0) - (pad.buttons[14]?.pressed ? 1 : 0)
        y += (pad.buttons[13]?.pressed ? 1 : 0) - (pad.buttons[12]?.pressed ? 1 : 0)
        firing = firing || pad.buttons[0]?.pressed || pad.buttons[7]?.pressed
      }
      const length = Math.hypot(x, y)
      if (length > 1) [x, y] = [x / length, y / length]
      if (length > 0.2) return { x, y, target: null, firing: Boolean(firing) }
      return { x: 0, y: 0, target: pointer, firing: Boolean(firing) || Boolean(pointer?.firing) }
    },
    start: () =>
      held('Enter', 'Space') ||
      Boolean(pointer?.firing) ||
      Boolean(firstPad()?.buttons[9]?.pressed || firstPad()?.buttons[0]?.pressed),
    rumble(strong, durationMs) {
      void firstPad()?.vibrationActuator?.playEffect('dual-rumble', {
        duration: durationMs,
        strongMagnitude: strong,
        weakMagnitude: strong / 2,
      })
    },
  }
})()
