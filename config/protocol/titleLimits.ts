import type { TitleManifest } from './title.ts'

/** What a seat of an ordinary node has: one that nobody told counts a seat for each core and each GiB, or a few of both where it is large. */
const usual = { memoryBytes: 4 * 1024 ** 3, cpuCores: 4 }

export interface LimitNote {
  /** Of the manifest. */
  readonly field: string
  readonly what: string
  readonly next: string
}

/** What a manifest asks for that few nodes have for one seat. Pure. */
export function limitNotes({ limits }: Pick<TitleManifest, 'limits'>): readonly LimitNote[] {
  const notes: LimitNote[] = []
  for (const name of ['memoryBytes', 'tmpBytes'] as const)
    if (limits[name] > usual.memoryBytes)
      notes.push({
        field: `limits.${name}`,
        what: `asks for ${Math.round(limits[name] / 1024 ** 2)} MiB of memory, which few nodes have for one seat: others do not take the build`,
        next: `Ask for what the game needs; ${usual.memoryBytes} or less is to be found in most places.`,
      })
  if (limits.cpuCores > usual.cpuCores)
    notes.push({
      field: 'limits.cpuCores',
      what: `asks for ${limits.cpuCores} cores, and a node gives a game no more than its seat's share of them, often one or two`,
      next: 'Make sure that the game runs well with less.',
    })
  return notes
}
