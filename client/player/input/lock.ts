/** Pointer lock with raw motion where the browser has it. @returns whether the pointer is locked now */
export async function lockPointer(stage: HTMLElement): Promise<boolean> {
  for (const options of [{ unadjustedMovement: true }, undefined]) {
    try {
      // Older browsers return nothing here and tell by event alone.
      await (stage.requestPointerLock(options) as Promise<void> | undefined)
      return true
    } catch (failure) {
      // Only "raw motion is not supported" is worth a second try; a refusal is a refusal.
      if (!(failure instanceof DOMException) || failure.name !== 'NotSupportedError') return false
    }
  }
  return false
}

interface KeyboardLock {
  lock?(): Promise<void>
  unlock?(): void
}
const keyboard = (): KeyboardLock | undefined =>
  (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard

/** Fullscreen with all keys for the game, Escape included (holding it leaves); landscape on phones. */
export async function enterFullscreen(element: HTMLElement): Promise<void> {
  await element.requestFullscreen({ navigationUI: 'hide' })
  await keyboard()
    ?.lock?.()
    .catch(() => undefined)
  const orientation = screen.orientation as ScreenOrientation & { lock?(to: string): Promise<void> }
  await orientation.lock?.('landscape').catch(() => undefined)
}

export async function leaveFullscreen(): Promise<void> {
  keyboard()?.unlock?.()
  if (document.fullscreenElement !== null) await document.exitFullscreen()
}
