/** Where an address probably is. */
export interface Place {
  readonly lat: number
  readonly lon: number
  /** ISO 3166-1, two letters. */
  readonly country: string
  /** Radius around the point, km. */
  readonly accuracyKm: number
  readonly source: string
  /** Which edition of the data, as its source names it; `unknown` if it does not. */
  readonly dataDate: string
}

/** What is known of a player before anything was measured. */
export interface Prior {
  /** Null for addresses that say nothing of a place: private, loopback, shared, unknown. Never throws. */
  lookup(ip: string): Promise<Place | null>
  close(): Promise<void>
}
