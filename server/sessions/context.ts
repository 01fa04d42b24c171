import type { RouterSettings } from '../../config/settings/router.ts'
import type { EndReason } from '../../config/protocol/session.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Holds } from '../events/holds.ts'
import type { TicketOffice } from '../keys/tickets.ts'
import type { Log } from '../log.ts'
import type { Pricing } from '../placement/pricing.ts'
import type { Prior } from '../placement/prior.ts'
import type { NodeQuality } from '../placement/quality.ts'
import type { Routing } from '../placement/routing/routing.ts'
import type { Saves } from '../saves/saves.ts'
import type { Store } from '../store/store.ts'

/** Everything that sessions stand on. */
export interface SessionContext {
  readonly store: Store
  readonly catalogue: Catalogue
  readonly fleet: Fleet
  readonly prior: Prior
  /** What seats are worth to those who are still to come. */
  readonly pricing: Pick<Pricing, 'asked' | 'of' | 'played'>
  /** Seats that are held back for events. */
  readonly holds: Holds
  /** How well sessions went on each node lately. */
  readonly quality: NodeQuality
  /** What is known of the way from a player to every site. */
  readonly routing: Pick<Routing, 'estimatesFor' | 'learnSession'>
  readonly tickets: TicketOffice
  readonly saves: Pick<Saves, 'areKept'>
  readonly clock: Clock
  readonly log: Log
  readonly count: SessionCounters
  readonly settings: Pick<
    RouterSettings,
    | 'confirmMs'
    | 'graceMs'
    | 'idleMs'
    | 'idleWarningMs'
    | 'nodeLostMs'
    | 'sessionsPerGuest'
    | 'startTimeoutMs'
  >
}

export interface SessionCounters {
  ended(reason: EndReason): void
  /** From the request to a held seat. */
  placed(tookMs: number): void
  /** A message of a node about a session that was late, repeated or not its own. */
  staleEvent(): void
  droppedSignal(): void
}
