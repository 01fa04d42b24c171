import type { PlacementReport } from '../../config/protocol/placement.ts'
import { type Prospect, prospectOf } from '../queue/prospect.ts'

/**
 * What there was for somebody in line when they were last decided for, until the nodes are back after a restart of the router: which
 * seats would do. What was free then may not be, so that nothing is offered.
 */
export function rememberedProspect(report: PlacementReport | null): Prospect | null {
  const known = report === null ? null : prospectOf(report, report, () => true)
  return known === null ? null : { ...known, farther: [], widerBudgetMs: null, wider: new Set() }
}
