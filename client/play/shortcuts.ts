export type Shortcut = 'overlay' | 'bar' | 'fullscreen' | 'leave'

/** Our own combinations, by physical key; everything else is the game's. */
export function shortcutOf(event: {
  readonly code: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}): Shortcut | null {
  if (event.code === 'F11') return 'fullscreen'
  if (!event.ctrlKey || !event.altKey || !event.shiftKey) return null
  if (event.code === 'KeyS') return 'overlay'
  if (event.code === 'KeyM') return 'bar'
  if (event.code === 'KeyF') return 'fullscreen'
  if (event.code === 'KeyX') return 'leave'
  return null
}
