import type { SaveHome } from '../store/savesStore.ts'

/** What the session that had a home last is doing. */
export type HolderState =
  | 'live'
  /** It is over, but its last saves may still be on their way. */
  | 'settling'
  | 'over'

export type HomeChoice =
  /** It has this one already. */
  | { readonly kind: 'has'; readonly home: SaveHome }
  /** @property seen the term at which nobody else has taken it; 0: nobody ever had it */
  | { readonly kind: 'take'; readonly slot: number; readonly seen: number }
  | { readonly kind: 'wait' }

/**
 * Which of a guest's homes for a title a session gets: its own of before, or else the lowest that no live session has, so that two games
 * never write the same saves.
 */
export function chooseHome(
  homes: readonly SaveHome[],
  lease: Pick<SaveHome, 'sessionId' | 'nodeId' | 'leaseId'>,
  stateOf: (home: SaveHome) => HolderState,
): HomeChoice {
  const own = homes.find(({ sessionId }) => sessionId === lease.sessionId)
  if (own !== undefined) {
    const isSame = own.nodeId === lease.nodeId && own.leaseId === lease.leaseId && !own.closed
    return isSame ? { kind: 'has', home: own } : { kind: 'take', slot: own.slot, seen: own.term }
  }
  for (let slot = 1; ; slot += 1) {
    const home = homes.find((one) => one.slot === slot)
    if (home === undefined) return { kind: 'take', slot, seen: 0 }
    const state = home.closed ? 'over' : stateOf(home)
    if (state === 'settling') return { kind: 'wait' }
    if (state === 'over') return { kind: 'take', slot, seen: home.term }
  }
}
