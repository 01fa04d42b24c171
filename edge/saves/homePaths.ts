import { join } from 'node:path'

/** Where a guest's home for a title is, and what is known of it. A title's id has neither `~` nor `.`, so no two share a name. */
export interface HomePaths {
  readonly folder: string
  /** What of it the router has (localState.ts). */
  readonly stateFile: string
  /** A home that is being fetched. */
  readonly draft: string
}

/** @param slot from 1: a second game of the same title at the same time has a home of its own */
export function homePaths(
  dataDir: string,
  home: { readonly guestId: string; readonly titleId: string; readonly slot: number },
): HomePaths {
  const name = home.slot === 1 ? home.titleId : `${home.titleId}~${home.slot}`
  const folder = join(dataDir, 'homes', home.guestId, name)
  return { folder, stateFile: `${folder}.saves.json`, draft: `${folder}.new` }
}
