import { inPicture, pictureBox } from './geometry.ts'
import { stampOf } from './keyboard.ts'
import type { InputSender } from './sender.ts'
import { notches } from './wheel.ts'

export interface MouseOptions {
  readonly stage: HTMLVideoElement
  readonly sender: InputSender
  readonly mode: 'none' | 'absolute' | 'relative'
  isLive(): boolean
  /** A relative title wants the pointer: the player clicked on the picture. */
  onWantLock(): void
}

/**
 * Mouse and pen. Motion leaves with the first event of an animation frame and is gathered for the rest of it; whatever was
 * gathered leaves before any button. Returns what takes the listeners off again.
 */
export function listenToMouse({ stage, sender, mode, isLive, onWantLock }: MouseOptions): () => void {
  let gathered: (() => void) | null = null
  let frame: number | null = null

  const locked = (): boolean => document.pointerLockElement === stage
  const flush = (): void => {
    const send = gathered
    gathered = null
    send?.()
  }
  const coalesce = (send: () => void): void => {
    if (frame !== null) {
      gathered = send
      return
    }
    send()
    open()
  }
  /** Steady motion of a fast mouse then leaves once a frame; Chromium's own events, one a frame, each leave at once. */
  const open = (): void => {
    frame = requestAnimationFrame(() => {
      frame = null
      if (gathered === null) return
      flush()
      open()
    })
  }
  let dx = 0
  let dy = 0
  const move = (event: PointerEvent): void => {
    if (event.pointerType === 'touch' || !isLive()) return
    const atMs = stampOf(event)
    if (mode === 'relative') {
      if (!locked()) return
      dx += event.movementX
      dy += event.movementY
      coalesce(() => {
        sender.motion(dx, dy, atMs)
        dx = 0
        dy = 0
      })
    } else if (mode === 'absolute') {
      const at = placeOf(stage, event)
      coalesce(() => sender.pointer(at.x, at.y, atMs))
    }
  }
  const press = (event: PointerEvent): void => {
    if (event.pointerType === 'touch' || !isLive() || mode === 'none') return
    const down =
      event.type === 'pointerdown' ||
      (event.type === 'pointermove' && (event.buttons & bitOf(event.button)) !== 0)
    if (mode === 'relative' && !locked()) {
      if (down) onWantLock()
      return
    }
    if (mode === 'absolute') {
      const at = placeOf(stage, event)
      gathered = null
      sender.pointer(at.x, at.y, stampOf(event))
      if (down) capture(stage, event.pointerId)
    } else flush()
    sender.button(event.button, down, stampOf(event))
    event.preventDefault()
  }
  /** Pointer events tell of the second and later buttons as moves with `button` set (Pointer Events, section 5.1). */
  const onMove = (event: PointerEvent): void => (event.button >= 0 ? press(event) : move(event))
  const onWheel = (event: WheelEvent): void => {
    if (!isLive() || mode === 'none') return
    event.preventDefault()
    flush()
    sender.wheel(
      notches(event.deltaX, event.deltaMode),
      notches(event.deltaY, event.deltaMode),
      stampOf(event),
    )
  }
  const refuse = (event: Event): void => event.preventDefault()

  stage.addEventListener('pointermove', onMove)
  stage.addEventListener('pointerdown', press)
  stage.addEventListener('pointerup', press)
  stage.addEventListener('wheel', onWheel, { passive: false })
  stage.addEventListener('contextmenu', refuse)
  stage.addEventListener('dragstart', refuse)
  return () => {
    if (frame !== null) cancelAnimationFrame(frame)
    stage.removeEventListener('pointermove', onMove)
    stage.removeEventListener('pointerdown', press)
    stage.removeEventListener('pointerup', press)
    stage.removeEventListener('wheel', onWheel)
    stage.removeEventListener('contextmenu', refuse)
    stage.removeEventListener('dragstart', refuse)
  }
}

/** `MouseEvent.button` n is bit n of `buttons`, but for the middle and right one, which changed places. */
const bitOf = (button: number): number => [1, 4, 2, 8, 16][button] ?? 0

function placeOf(stage: HTMLVideoElement, event: PointerEvent): { x: number; y: number } {
  const picture = pictureBox(stage.getBoundingClientRect(), stage.videoWidth, stage.videoHeight)
  return inPicture(picture, event.clientX, event.clientY)
}

function capture(stage: HTMLVideoElement, pointerId: number): void {
  try {
    stage.setPointerCapture(pointerId)
  } catch {
    // The pointer is gone already; its release arrives as a blur at the latest.
  }
}
