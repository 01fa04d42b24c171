import type { PlacementCandidate, RttSource, RuledOut } from '../../config/protocol/placement.ts'

export const rttSourceWords: Readonly<Record<RttSource, string>> = {
  probe: 'measured by your browser',
  history: 'measured in your network before',
  mesh: 'worked out from other sites',
  prior: 'guessed from the distance',
  unknown: 'not known',
}

export const ruledOutWords: Readonly<Record<RuledOut, string>> = {
  'no-seat': 'no free seat',
  held: 'held for an event',
  'title-missing': 'does not have the game',
  'codec-missing': 'no video format that your browser plays',
  'no-gpu': 'no graphics card that this game needs',
  refused: 'could not take you just now',
  draining: 'about to stop',
  'too-far': 'too far for this game',
  untrusted: 'not trusted with this game',
  'no-consent': 'may not run this game where it stands',
}

const names: Readonly<Record<string, string>> = {
  network: 'Network',
  uncertainty: 'Doubt',
  encode: 'Picture',
  display: 'Display',
  silence: 'No answer',
  load: 'Load',
  price: 'Price',
  quality: 'Trouble',
  warm: 'Game ready',
  hysteresis: 'As last time',
}

/** A term that a newer router adds is shown by its own name. */
export const termName = (term: string): string => names[term] ?? term

/** The terms that tell candidates apart or add up to something; one that is 0 for everybody is left out. */
export function termsShown(candidates: readonly PlacementCandidate[]): readonly string[] {
  const all = new Set(candidates.flatMap(({ terms }) => Object.keys(terms)))
  return [...all].filter((term) => candidates.some(({ terms }) => (terms[term] ?? 0) !== 0))
}
