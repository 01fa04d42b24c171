import { listenToMouse } from '../../../client/player/input/mouse.ts'
import { InputSender } from '../../../client/player/input/sender.ts'
import { decodeInput } from '../../../config/protocol/input.ts'

export interface MouseRun {
  readonly frames: number
  readonly messages: number
  readonly totalX: number
  readonly moved: number
}

declare global {
  interface Window {
    /** A locked mouse of 1000 Hz for so long. */
    shakeMouse(forMs: number): Promise<MouseRun>
  }
}

window.shakeMouse = async (forMs) => {
  const stage = document.createElement('video')
  document.body.append(stage)
  Object.defineProperty(document, 'pointerLockElement', { get: () => stage })
  let messages = 0
  let totalX = 0
  const sender = new InputSender({
    send(_channel, bytes) {
      const input = decodeInput(bytes)
      if (input?.type === 'motion') {
        messages += 1
        totalX = input.totalX
      }
      return true
    },
    onSent: () => undefined,
    nowMs: () => performance.now(),
    setInterval: () => null,
    clearInterval: () => undefined,
    setTimeout: () => null,
    clearTimeout: () => undefined,
  })
  listenToMouse({ stage, sender, mode: 'relative', isLive: () => true, onWantLock: () => undefined })
  let frames = 0
  const count = (): void => {
    frames += 1
    requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  const startMs = performance.now()
  let moved = 0
  const channel = new MessageChannel()
  await new Promise<void>((resolve) => {
    channel.port1.onmessage = () => {
      const elapsedMs = performance.now() - startMs
      for (; moved < Math.min(elapsedMs, forMs); moved += 1)
        stage.dispatchEvent(
          new PointerEvent('pointermove', { button: -1, movementX: 1, pointerType: 'mouse' }),
        )
      if (elapsedMs < forMs) channel.port2.postMessage(null)
      else resolve()
    }
    channel.port2.postMessage(null)
  })
  const shown = frames
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  return { frames: shown, messages, totalX, moved }
}
