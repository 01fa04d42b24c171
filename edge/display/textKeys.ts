import { evdevByCode } from '../../config/protocol/keyCodes.ts'
import type { XConnection } from './xclient.ts'

export type TextKey =
  | { readonly kind: 'key'; readonly evdev: number }
  | { readonly kind: 'keysym'; readonly keysym: number }

const controlKeys: Readonly<Record<string, string>> = {
  '\n': 'Enter',
  '\t': 'Tab',
  '\b': 'Backspace',
  ' ': 'Space',
}

/**
 * Pure: how one character is typed. Latin-1 keysyms are their code points, all others `0x01000000 | code point`
 * (X protocol, appendix A). Control characters that are not keys give null.
 */
export function keyForCharacter(character: string): TextKey | null {
  const name = controlKeys[character === '\r' ? '\n' : character]
  if (name !== undefined) return { kind: 'key', evdev: evdevByCode[name] ?? 0 }
  const point = character.codePointAt(0) ?? 0
  if (point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0xd800 && point < 0xe000)) return null
  return { kind: 'keysym', keysym: point < 0x100 ? point : 0x0100_0000 | point }
}

const wantedSpares = 16

/** Keycodes with no keysym on this server, free to be mapped to what text needs. */
export async function findSpareKeycodes(x: XConnection): Promise<number[]> {
  const first = x.client.display.min_keycode
  const last = x.client.display.max_keycode
  const mapping = await new Promise<number[][]>((resolve, reject) =>
    x.client.GetKeyboardMapping(first, last - first + 1, (error, keysyms) => {
      if (error) reject(error)
      else resolve(keysyms)
      return true
    }),
  )
  const spare = mapping.flatMap((keysyms, i) => (keysyms.every((keysym) => keysym === 0) ? [first + i] : []))
  // the highest ones: games bind low ones by scancode
  return spare.slice(-wantedSpares)
}
