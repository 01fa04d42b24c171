import type { EmbedRules } from '../../config/protocol/embed.ts'
import type { Clock } from '../clock.ts'
import type { EmbedStore } from '../store/embedStore.ts'

/** What publishers say of embedding, read through the store: what another router was told counts here within seconds. */
export interface RulesBook {
  /** Null: nobody has said anything. */
  of(titleId: string): Promise<EmbedRules | null>
  put(titleId: string, rules: EmbedRules): Promise<void>
}

const freshForMs = 2_000
/** Whose rules are kept in memory; anybody may ask for any title. */
const mostKept = 1_000

export function createRulesBook(
  store: Pick<EmbedStore, 'rulesOf' | 'putRules'>,
  clock: Pick<Clock, 'monotonic'>,
): RulesBook {
  const kept = new Map<string, { readonly atMs: number; readonly rules: Promise<EmbedRules | null> }>()
  const keep = (titleId: string, rules: Promise<EmbedRules | null>): void => {
    if (kept.size >= mostKept) kept.clear()
    kept.set(titleId, { atMs: clock.monotonic(), rules })
    rules.catch(() => kept.delete(titleId))
  }
  return {
    of(titleId) {
      const known = kept.get(titleId)
      if (known !== undefined && clock.monotonic() - known.atMs < freshForMs) return known.rules
      const rules = store.rulesOf(titleId)
      keep(titleId, rules)
      return rules
    },
    async put(titleId, rules) {
      await store.putRules(titleId, rules)
      keep(titleId, Promise.resolve(rules))
    },
  }
}
