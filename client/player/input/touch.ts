import { inPicture, pictureBox } from './geometry.ts'
import { stampOf } from './keyboard.ts'
import type { InputSender } from './sender.ts'

export interface TouchOptions {
  readonly stage: HTMLVideoElement
  readonly sender: InputSender
  /** `pointer`: a finger is the mouse; `native`: real touches; `pad`: a dragging finger looks around where the title locks the pointer. */
  readonly mode: 'pointer' | 'native' | 'pad'
  readonly looks: boolean
  isLive(): boolean
}

/** How far the view turns for a finger's way over the picture, against a mouse. */
const lookGain = 1.6

/** Fingers on the picture (those on the virtual pad are its own). Returns what takes the listeners off again. */
export function listenToTouch({ stage, sender, mode, looks, isLive }: TouchOptions): () => void {
  /** Wire ids are 0..9 and used again; the browser's grow without end. */
  const fingers = new Map<number, { touchId: number; x: number; y: number }>()

  const freeId = (): number => {
    const used = new Set([...fingers.values()].map((finger) => finger.touchId))
    for (let touchId = 0; touchId < 10; touchId += 1) if (!used.has(touchId)) return touchId
    return -1
  }
  const place = (event: PointerEvent): { x: number; y: number } =>
    inPicture(
      pictureBox(stage.getBoundingClientRect(), stage.videoWidth, stage.videoHeight),
      event.clientX,
      event.clientY,
    )

  const onDown = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch' || !isLive()) return
    event.preventDefault()
    const touchId = freeId()
    if (touchId < 0) return
    fingers.set(event.pointerId, { touchId, x: event.clientX, y: event.clientY })
    const at = place(event)
    const atMs = stampOf(event)
    if (mode === 'native') sender.touch({ phase: 'start', touchId, ...at }, atMs)
    if (mode === 'pointer' && touchId === 0) {
      sender.pointer(at.x, at.y, atMs)
      sender.button(0, true, atMs)
    }
  }
  const onMove = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId)
    if (finger === undefined) return
    const at = place(event)
    const atMs = stampOf(event)
    if (mode === 'native') sender.touch({ phase: 'move', touchId: finger.touchId, ...at }, atMs)
    if (mode === 'pointer' && finger.touchId === 0) sender.pointer(at.x, at.y, atMs)
    if (mode === 'pad' && looks)
      sender.motion((event.clientX - finger.x) * lookGain, (event.clientY - finger.y) * lookGain, atMs)
    fingers.set(event.pointerId, { ...finger, x: event.clientX, y: event.clientY })
  }
  const onUp = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId)
    if (finger === undefined) return
    fingers.delete(event.pointerId)
    const atMs = stampOf(event)
    const phase = event.type === 'pointercancel' ? 'cancel' : 'end'
    if (mode === 'native') sender.touch({ phase, touchId: finger.touchId, ...place(event) }, atMs)
    if (mode === 'pointer' && finger.touchId === 0) sender.button(0, false, atMs)
  }
  stage.addEventListener('pointerdown', onDown)
  stage.addEventListener('pointermove', onMove)
  stage.addEventListener('pointerup', onUp)
  stage.addEventListener('pointercancel', onUp)
  return () => {
    stage.removeEventListener('pointerdown', onDown)
    stage.removeEventListener('pointermove', onMove)
    stage.removeEventListener('pointerup', onUp)
    stage.removeEventListener('pointercancel', onUp)
  }
}
