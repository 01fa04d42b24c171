import type { PlacementCandidate } from '../../config/protocol/placement.ts'

export const rttSourceWords: Readonly<Record<string, string>> = {
  probe: 'measured by your browser',
  history: 'measured for your network before',
  mesh: 'worked out from other sites',
  prior: 'guessed from the distance',
  unknown: 'not known',
}

export const ruledOutWords: Readonly<Record<string, string>> = {
  'no-seat': 'no free seat',
  'title-missing': 'does not have the game',
  'codec-missing': 'no video format that your browser plays',
  refused: 'could not take you just now',
  draining: 'about to stop',
  'too-far': 'too far for this game',
  untrusted: 'not trusted enough',
  'no-consent': 'may not run this game where it stands',
}

const names: Readonly<Record<string, string>> = {
  network: 'Network',
  encode: 'Picture',
  display: 'Display',
  load: 'Load',
  price: 'Price',
  quality: 'Quality',
  warm: 'Warm game',
  hysteresis: 'Stays put',
}

/** A term that a newer router adds is shown by its own name. */
export const termName = (term: string): string => names[term] ?? term

export const termsOf = (candidate: PlacementCandidate): Readonly<Record<string, number>> =>
  (candidate as { terms?: Readonly<Record<string, number>> }).terms ?? {}

/** The terms that tell candidates apart or add up to something; one that is 0 for everybody is left out. */
export function termsShown(candidates: readonly PlacementCandidate[]): readonly string[] {
  const all = new Set(candidates.flatMap((candidate) => Object.keys(termsOf(candidate))))
  return [...all].filter((term) => candidates.some((candidate) => (termsOf(candidate)[term] ?? 0) !== 0))
}
