/** What was wanted where, hour by hour; hours are counted since 1970 (UTC). */
export interface DemandStore {
  /** Notes peaks of an hour; a higher one that is stored stays. Region and class '' stand for everything together. */
  raise(hour: number, wanted: readonly WantedPeak[], places: readonly PlacePeak[]): Promise<void>
  /** Of that hour and later ones. */
  hours(fromHour: number): Promise<readonly (WantedPeak & { readonly hour: number })[]>
  /** The highest peak of each place since then, highest first. */
  places(fromHour: number, limit: number): Promise<readonly PlacePeak[]>
  /** Drops the hours before. */
  forget(beforeHour: number): Promise<void>
  /** Where the players of open sessions are. What is known already stays. */
  putSessions(rows: readonly SessionPlace[]): Promise<void>
  dropSessions(sessionIds: readonly string[]): Promise<void>
  sessions(): Promise<readonly SessionPlace[]>
}

export interface WantedPeak {
  readonly region: string
  readonly seatClass: string
  /** Seats taken or waited for at once. */
  readonly peak: number
}

export interface PlacePeak {
  readonly placeId: string
  readonly peak: number
}

export interface SessionPlace {
  readonly sessionId: string
  readonly placeId: string
}
