/** `1.5 GB`: decimal units, as disks and lines are measured. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `1 file`, `2 files`. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** `2026-11-23 10:36`, in UTC. */
export const timeText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')

/**
 * As one line that no terminal obeys: what a router, a node or a file's name says is somebody else's word. Control characters (ECMA-48) could
 * write into a title or a clipboard, and those that turn the direction of text (Unicode Technical Report 36) make it read as something else.
 */
export const plainText = (text: string): string =>
  text.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')

/** JSON leaves DEL, what comes after it and what turns text as they are. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Columns under each other; the last one is as wide as it likes. */
export function columns(given: readonly (readonly string[])[]): readonly string[] {
  const rows = given.map((row) => row.map(plainText))
  const widths: number[] = []
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
