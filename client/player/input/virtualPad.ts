import { evdevByCode } from '../../../config/protocol/keyCodes.ts'
import type { TitleCard } from '../../../config/protocol/title.ts'
import { h } from '../../ui/dom.ts'
import { stampOf } from './keyboard.ts'
import type { InputSender } from './sender.ts'
import { type Direction, knobAt, stickDirections } from './stick.ts'

type Input = TitleCard['input']

/** A manifest's `ArrowLeft` or `Mouse0`, pressed or let go. */
function press(sender: InputSender, name: string, down: boolean, atMs: number): void {
  const mouse = /^Mouse([0-4])$/.exec(name)?.[1]
  if (mouse !== undefined) sender.button(Number(mouse), down, atMs)
  const evdev = evdevByCode[name]
  if (evdev !== undefined) sender.key(evdev, down, atMs)
}

export const hasVirtualPad = (input: Input): boolean =>
  input.touchStick !== null || input.touchButtons.length > 0

/** Stick and buttons of the title's manifest, for fingers. A thumb may slide from one button to its neighbour. `signal` takes the listeners off. */
export function virtualPad(input: Input, sender: InputSender, signal: AbortSignal): HTMLElement {
  const zone = (name: 'left' | 'right' | 'top', ...children: (Node | null)[]): HTMLElement =>
    h('div', { class: `pad-zone pad-${name}` }, ...children)
  const buttonsOf = (name: 'left' | 'right' | 'top'): HTMLElement[] =>
    input.touchButtons
      .filter((button) => button.zone === name)
      .map((button) =>
        h(
          'div',
          { class: 'pad-button', 'data-key': button.key, role: 'img', 'aria-label': button.label },
          button.label,
        ),
      )
  const stick = input.touchStick === null ? null : stickView(input.touchStick, sender)
  const pad = h(
    'div',
    { class: 'virtual-pad', 'data-role': 'virtual-pad', 'aria-hidden': 'true' },
    zone('top', ...buttonsOf('top')),
    zone('left', stick, ...buttonsOf('left')),
    zone('right', ...buttonsOf('right')),
  )
  listenToButtons(pad, sender, signal)
  pad.addEventListener('contextmenu', (event) => event.preventDefault())
  return pad
}

function listenToButtons(pad: HTMLElement, sender: InputSender, signal: AbortSignal): void {
  const under = new Map<number, HTMLElement>()
  const move = (pointerId: number, to: HTMLElement | null, atMs: number): void => {
    const from = under.get(pointerId) ?? null
    if (from === to) return
    if (from !== null) {
      under.delete(pointerId)
      if (![...under.values()].includes(from)) {
        from.classList.remove('is-down')
        press(sender, from.dataset['key'] ?? '', false, atMs)
      }
    }
    if (to !== null) {
      under.set(pointerId, to)
      to.classList.add('is-down')
      press(sender, to.dataset['key'] ?? '', true, atMs)
      navigator.vibrate?.(8)
    }
  }
  const buttonAt = (event: PointerEvent): HTMLElement | null => {
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest('.pad-button')
    return found instanceof HTMLElement ? found : null
  }
  const active = new Set<number>()
  pad.addEventListener('pointerdown', (event) => {
    const button = buttonAt(event)
    if (button === null) return
    event.preventDefault()
    active.add(event.pointerId)
    if (event.target instanceof Element && event.target.hasPointerCapture(event.pointerId))
      event.target.releasePointerCapture(event.pointerId)
    move(event.pointerId, button, stampOf(event))
  })
  window.addEventListener(
    'pointermove',
    (event) => {
      if (active.has(event.pointerId)) move(event.pointerId, buttonAt(event), stampOf(event))
    },
    { signal },
  )
  const up = (event: PointerEvent): void => {
    if (active.delete(event.pointerId)) move(event.pointerId, null, stampOf(event))
  }
  window.addEventListener('pointerup', up, { signal })
  window.addEventListener('pointercancel', up, { signal })
}

function stickView(keys: Readonly<Record<Direction, string>>, sender: InputSender): HTMLElement {
  const knob = h('div', { class: 'pad-knob' })
  const ring = h('div', { class: 'pad-stick', 'data-role': 'stick' }, knob)
  let pointer: number | null = null
  let held: ReadonlySet<Direction> = new Set()
  const hold = (next: ReadonlySet<Direction>, atMs: number): void => {
    for (const direction of held) if (!next.has(direction)) press(sender, keys[direction], false, atMs)
    for (const direction of next) if (!held.has(direction)) press(sender, keys[direction], true, atMs)
    held = next
  }
  const follow = (event: PointerEvent): void => {
    const box = ring.getBoundingClientRect()
    const radius = box.width / 2
    const dx = event.clientX - box.left - radius
    const dy = event.clientY - box.top - radius
    const at = knobAt(dx, dy, radius * 0.7)
    knob.style.transform = `translate(${at.x}px, ${at.y}px)`
    hold(stickDirections(dx, dy, radius), stampOf(event))
  }
  ring.addEventListener('pointerdown', (event) => {
    if (pointer !== null) return
    event.preventDefault()
    pointer = event.pointerId
    ring.setPointerCapture(event.pointerId)
    follow(event)
  })
  ring.addEventListener('pointermove', (event) => {
    if (event.pointerId === pointer) follow(event)
  })
  const up = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return
    pointer = null
    knob.style.transform = ''
    hold(new Set(), stampOf(event))
  }
  ring.addEventListener('pointerup', up)
  ring.addEventListener('pointercancel', up)
  return ring
}
