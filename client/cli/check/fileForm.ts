/** What a file is by its first bytes. `other` may be text. */
export type FileForm = 'linux' | 'foreign' | 'script' | 'windows' | 'macos' | 'picture' | 'other'

/** Bytes that `fileForm` looks at. */
export const headBytes = 64

/** System V ABI, `e_machine` of an ELF header: 62 is x86-64, 3 is i386, which x86-64 runs where its libraries are. */
const machines = new Set([62, 3])

/** Pure. */
export function fileForm(head: Uint8Array): FileForm {
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte)
  const text = (at: number, word: string): boolean =>
    [...word].every((letter, index) => head[at + index] === letter.charCodeAt(0))
  if (begins(0x7f, 0x45, 0x4c, 0x46)) {
    const isLittle = head[5] === 1
    const machine = isLittle ? (head[18] ?? 0) + (head[19] ?? 0) * 256 : -1
    return machines.has(machine) ? 'linux' : 'foreign'
  }
  if (text(0, '#!')) return 'script'
  if (text(0, 'MZ')) return 'windows'
  if (begins(0xcf, 0xfa, 0xed, 0xfe) || begins(0xce, 0xfa, 0xed, 0xfe) || begins(0xca, 0xfe, 0xba, 0xbe))
    return 'macos'
  if (text(0, 'GIF8') || text(4, 'ftypavif')) return 'picture'
  if (begins(0xff, 0xd8, 0xff) || begins(0x89, 0x50, 0x4e, 0x47) || (text(0, 'RIFF') && text(8, 'WEBP')))
    return 'picture'
  return 'other'
}
