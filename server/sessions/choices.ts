import type { SessionChoice } from '../../config/protocol/api.ts'
import { NearcadeError } from '../../config/errors.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { Line } from './line.ts'
import type { LiveSession } from './live.ts'
import type { Serving } from './serving.ts'
import type { Weighing } from './weighing.ts'

/**
 * Does what a player in line has chosen. Whatever has happened already is not done again.
 * @throws NearcadeError choice-gone when it is not on offer any more
 */
export type Choose = (live: LiveSession, choice: SessionChoice) => Promise<void>

export function createChoices(
  { fleet, clock }: SessionContext,
  keeper: Keeper,
  weighing: Weighing,
  line: Line,
  serving: Serving,
): Choose {
  /** Takes a seat at this site, wherever it is, and keeps the place in line where there is none any more. */
  async function goFarther(live: LiveSession, siteId: string): Promise<void> {
    const { state } = live.row
    if ('fence' in state && state.kind !== 'held' && fleet.index.find(state.nodeId)?.siteId === siteId) return
    if (state.kind === 'waiting') {
      const report = weighing.weigh(live, 'any')
      const able = (report?.candidates ?? []).filter(
        (candidate) => candidate.siteId === siteId && candidate.ruledOut === null,
      )
      for (const { nodeId } of able) if (report !== null && (await serving.seat(live, report, nodeId))) return
    }
    line.look(live)
    keeper.show(live)
    throw new NearcadeError('choice-gone', ['no seat is free there any more'])
  }

  async function lowerBudget(live: LiveSession, budgetMs: number): Promise<void> {
    await live.run(async () => {
      const { state } = live.row
      if (state.kind !== 'waiting') throw new NearcadeError('choice-gone', ['the session is not in line'])
      if (state.budgetMs === budgetMs) return
      if (live.wait.prospect?.widerBudgetMs !== budgetMs)
        throw new NearcadeError('choice-gone', ['another budget is on offer now'])
      await keeper.advance(live, { ...state, kind: 'wait', budgetMs })
    })
    line.look(live)
    keeper.show(live)
    serving.soon()
  }

  return async (live, choice) => {
    live.wait.seenAtMs = clock.now()
    const { kind } = live.row.state
    switch (choice.kind) {
      case 'queue':
        if (kind === 'waiting' || kind === 'held') return
        throw new NearcadeError('choice-gone', ['the session is not in line'])
      case 'farther':
        return goFarther(live, choice.siteId)
      case 'lower-budget':
        return lowerBudget(live, choice.budgetMs)
      case 'confirm':
        return serving.confirm(live)
      case 'leave':
        return keeper.end(live, 'queue-left', null, ['requested', 'placed', 'waiting', 'held'])
      default:
        choice satisfies never
    }
  }
}
