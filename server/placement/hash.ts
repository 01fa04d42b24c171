/**
 * A number in (0, 1) that depends on every part of the text: FNV-1a (Fowler, Noll and Vo) over UTF-16 units, finished by MurmurHash3's 32-bit
 * mix, which spreads texts that differ in their last character only. The same on every machine; nothing to keep secrets with.
 */
export function unitHash(...parts: readonly string[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) {
    for (let index = 0; index < part.length; index++) {
      hash = Math.imul(hash ^ part.charCodeAt(index), 0x01000193)
    }
    // Keeps ('ab', 'c') apart from ('a', 'bc').
    hash = Math.imul(hash ^ 0xffff, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
