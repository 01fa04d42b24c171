import { randomBytesOf } from './builds.ts'

/** What it is, how it is made, and what its refusal says. */
export type Hostile = readonly [what: string, make: () => Buffer | Promise<Buffer>, reason: string]

export const file = Buffer.from('file')
export const noise = randomBytesOf(9, 3000)
export const flipped = (archive: Buffer, at: number): Buffer => {
  const other = Buffer.from(archive)
  other[at] = (other[at] ?? 0) ^ 0xff
  return other
}
