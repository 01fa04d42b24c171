const modifiers = new Set([
  'Tab',
  'Escape',
  'Shift',
  'Control',
  'Alt',
  'AltGraph',
  'Meta',
  'CapsLock',
  'ContextMenu',
])

/** Whether a key on the poster means "play": any but those that serve the browser or move the focus. */
export const startsPlay = (event: {
  readonly key: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly repeat: boolean
}): boolean =>
  !event.repeat &&
  !event.ctrlKey &&
  !event.altKey &&
  !event.metaKey &&
  !modifiers.has(event.key) &&
  !/^F\d{1,2}$/.test(event.key)
