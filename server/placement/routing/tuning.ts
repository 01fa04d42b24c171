/** The model's constants, chosen on the measured mesh by `bench:routing` (see there on which splits). */
export interface Tuning {
  /** Added to a round trip before its logarithm is taken: under it, differences count as milliseconds, above as shares. */
  readonly offsetMs: number
  /** How well a site may describe a player (standard deviations of the logarithm), each with its share of players. */
  readonly fits: readonly { readonly spread: number; readonly share: number }[]
  /** Deviations of two sites go together while they are within this of each other. */
  readonly reachMs: number
  /** Deviation that all sites share, such as a slow access. */
  readonly common: number
  /** Deviation of one site alone: a detour that no neighbour shares. */
  readonly own: number
  /** What a player's access may add to the twin's paths, with its share of players. */
  readonly accessesMs: readonly { readonly ms: number; readonly share: number }[]
  /** A player beside a site is this share of the way to the site's nearest neighbour, and at least `besideMs` away. */
  readonly besideShare: number
  readonly besideMs: number
  /** Degrees of freedom of the deviations: fewer forgive more. */
  readonly tails: number
  /**
   * How much of the evidence is believed; under 1 because neighbours' deviations are not as independent as assumed. On seeds 1 to 20
   * mean regret with an exact place is 0.60 to 0.62 ms from 0.25 to 0.35, 0.67 at 0.5 and 0.74 at 0.7.
   */
  readonly belief: number
  /** A site as far as this from the place weighs 2^-fall of one that is there. */
  readonly reachKm: number
  readonly fall: number
  /** Share of players who are somewhere else entirely, with a place as exact as can be and one within 200 km. */
  readonly astrayExact: number
  readonly astrayVague: number
  /** Deviation of a measured minimum, beside a share of its jitter. */
  readonly probeNoiseMs: number
  readonly jitterShare: number
  /** Sites probed in the first round and up to the end of the second; the rest goes to the third. */
  readonly roundShares: readonly [number, number]
  /** Of the first round: anchors, with a place that is exact, and with none or a vague one. */
  readonly anchorsExact: number
  readonly anchorsVague: number
  /** Probing ends when the next site is expected to win less than this. */
  readonly worthMs: number
  /** The same for the first probes of a player whose network has a history. */
  readonly worthKnownMs: number
}

export const tuning: Tuning = {
  offsetMs: 5,
  fits: [
    { spread: 0.12, share: 0.5 },
    { spread: 0.35, share: 0.5 },
  ],
  reachMs: 25,
  common: 0.1,
  own: 0.3,
  accessesMs: [
    { ms: 0, share: 0.7 },
    { ms: 5, share: 0.2 },
    { ms: 15, share: 0.1 },
  ],
  besideShare: 0.4,
  besideMs: 1,
  tails: 4,
  belief: 0.3,
  reachKm: 100,
  fall: 2.5,
  astrayExact: 0.05,
  astrayVague: 0.2,
  probeNoiseMs: 0.3,
  jitterShare: 0.1,
  roundShares: [0.4, 0.7],
  anchorsExact: 0,
  anchorsVague: 0.5,
  worthMs: 0.002,
  worthKnownMs: 0.1,
}
