import type { Clock } from '../clock.ts'

/** How long a look-up counts: another router may have made an account meanwhile, or deleted one. */
const rememberMs = 60_000
const maxRemembered = 20_000

/** Which players are accounts', as every request of a guest asks. */
export interface TakenPlayers {
  isTaken(playerId: string): Promise<boolean>
  /** It is another answer from now on. */
  forget(playerId: string): void
}

export function createTakenPlayers(
  lookUp: (playerId: string) => Promise<boolean>,
  clock: Pick<Clock, 'monotonic'>,
): TakenPlayers {
  const known = new Map<string, { readonly taken: Promise<boolean>; readonly untilMs: number }>()
  return {
    isTaken(playerId) {
      const before = known.get(playerId)
      if (before !== undefined && clock.monotonic() < before.untilMs) return before.taken
      const taken = lookUp(playerId)
      taken.catch(() => known.delete(playerId))
      known.delete(playerId)
      known.set(playerId, { taken, untilMs: clock.monotonic() + rememberMs })
      const [oldest] = known.keys()
      if (known.size > maxRemembered && oldest !== undefined) known.delete(oldest)
      return taken
    },
    forget: (playerId) => void known.delete(playerId),
  }
}
