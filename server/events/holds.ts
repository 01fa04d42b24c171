import type { HeldAt } from '../placement/holds.ts'
import type { StoredSession } from '../store/store.ts'

/** Whose wish or session it is, as far as events care. */
export type Asker = Pick<StoredSession, 'titleId' | 'build'> & {
  readonly request?: Pick<StoredSession['request'], 'eventToken'>
}

/** What sessions need to know of events, and events of sessions. */
export interface Holds {
  /** What is held back, as this player meets it; null: nothing anywhere. */
  against(asker: Asker): HeldAt | null
  /**
   * A session has a seat, or none any more. Saying it again changes nothing.
   * @param siteId where it has one; null: it has none
   * @param isNew false for one that had its seat before this router, or had another one before
   */
  seated(session: Asker & Pick<StoredSession, 'id'>, siteId: string | null, isNew: boolean): void
}
