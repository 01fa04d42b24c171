import * as z from 'zod/mini'
import { titleId } from '../../config/protocol/ids.ts'

/** Parts of the console. */
export type Part = 'titles' | 'nodes' | 'members' | 'keys' | 'activity'

export interface ConsoleAddress {
  /** Null: the first one, or the one of last time. */
  readonly org: string | null
  readonly part: Part
  readonly titleId: string | null
}

const parts: readonly Part[] = ['titles', 'nodes', 'members', 'keys', 'activity']

/** `#/<organisation>/titles/<titleId>`, `#/<organisation>/members`, …; what makes no sense is left out. */
export function parseConsoleAddress(hash: string): ConsoleAddress {
  const [, org = '', part = '', title = ''] = hash.replace(/^#/, '').split('/')
  const known = parts.find((one) => one === part) ?? 'titles'
  return {
    org: /^[\w-]{1,64}$/.test(org) ? org : null,
    part: known,
    titleId: known === 'titles' && z.safeParse(titleId, title).success ? title : null,
  }
}

export const titlesAddress = (org: string): string => `#/${org}/titles`
export const titleAddress = (org: string, id: string): string => `#/${org}/titles/${id}`
export const partAddress = (org: string, part: Part): string => `#/${org}/${part}`
