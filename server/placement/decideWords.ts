import type { PlacementCandidate, RuledOut } from '../../config/protocol/placement.ts'

/** After "was nearer but" and after the name of a site alone. */
const ruledOutWords: Readonly<Record<RuledOut, readonly [after: string, alone: string]>> = {
  'no-seat': ['full', 'is full'],
  held: ['held for an event', 'is held for an event'],
  'title-missing': ['does not have the game', 'does not have the game'],
  'codec-missing': [
    'has no video format that your browser plays',
    'has no video format that your browser plays',
  ],
  'no-gpu': ['lacks the graphics card that this game needs', 'lacks the graphics card that this game needs'],
  refused: ['could not take you just now', 'could not take you just now'],
  draining: ['about to stop', 'is about to stop'],
  'too-far': ['too slow for this game', 'is too far for this game'],
  untrusted: ['not trusted with this game', 'is not trusted with this game'],
  'no-consent': ['may not run this game', 'may not run this game'],
}

/** Why somebody nearer was not chosen though nothing stood against it: by what tells it most from the chosen one. */
const termWords: Readonly<Record<string, string>> = {
  uncertainty: 'not measured',
  encode: 'slower at making pictures',
  silence: 'did not answer',
  load: 'keeps seats for players who have nowhere else to go',
  price: 'dearer',
  quality: 'had trouble lately',
  warm: 'does not keep the game ready',
  hysteresis: 'no better than where you played last',
}

/** Sites named after the chosen one, and when nothing was chosen. */
const maxNamed = 2
const maxNamedAlone = 3
/** A browser measures whole ms: less of a difference is none. */
const nearerByMs = 1

/** One plain sentence for the player: "Frankfurt: 12 ms; Paris was nearer but full." */
export function explain(
  candidates: readonly PlacementCandidate[],
  chosen: PlacementCandidate | null,
): string {
  if (candidates.length === 0) return 'No node is online.'
  if (chosen === null) return refusal(candidates)
  const nearer = onePerSite(candidates.filter((other) => isNearer(other, chosen)))
  const named = nearer
    .slice(0, maxNamed)
    .map((other) => `${other.siteName} was nearer but ${reason(other, chosen)}`)
  const more = nearer.length - named.length
  return `${[`${chosen.siteName}: ${rttWords(chosen)}`, ...named, ...(more > 0 ? [`so were ${more} more`] : [])].join('; ')}.`
}

function refusal(candidates: readonly PlacementCandidate[]): string {
  const sites = onePerSite(candidates)
  const named = sites
    .slice(0, maxNamedAlone)
    .map((site) => `${site.siteName} ${site.ruledOut === null ? '' : ruledOutText(site, site.ruledOut, 1)}`)
  const more = sites.length - named.length
  return `No node can take you: ${[...named, ...(more > 0 ? [`${more} more cannot either`] : [])].join('; ')}.`
}

/** The nearest first; of each site the candidate that comes first. */
function onePerSite(candidates: readonly PlacementCandidate[]): readonly PlacementCandidate[] {
  const sites = new Map<string, PlacementCandidate>()
  for (const candidate of candidates) if (!sites.has(candidate.siteId)) sites.set(candidate.siteId, candidate)
  return [...sites.values()].sort(
    (a, b) => (a.rttMs ?? Number.POSITIVE_INFINITY) - (b.rttMs ?? Number.POSITIVE_INFINITY) || 0,
  )
}

const isNearer = (other: PlacementCandidate, chosen: PlacementCandidate): boolean =>
  other.siteId !== chosen.siteId &&
  other.rttMs !== null &&
  (chosen.rttMs === null || other.rttMs + nearerByMs <= chosen.rttMs)

function reason(other: PlacementCandidate, chosen: PlacementCandidate): string {
  if (other.ruledOut !== null) return ruledOutText(other, other.ruledOut, 0)
  let most = 0
  let words = 'no better in all'
  for (const [term, said] of Object.entries(termWords)) {
    const differenceMs = (other.terms[term] ?? 0) - (chosen.terms[term] ?? 0)
    if (differenceMs <= most) continue
    most = differenceMs
    words = said
  }
  return words
}

const ruledOutText = ({ heldUntilMs }: PlacementCandidate, why: RuledOut, form: 0 | 1): string =>
  `${ruledOutWords[why][form]}${why === 'held' && heldUntilMs != null ? ` until ${timeOfDay(heldUntilMs)}` : ''}`

/** `20:00 UTC`: where the reader's clock stands is not known here. */
const timeOfDay = (atMs: number): string => `${new Date(atMs).toISOString().slice(11, 16)} UTC`

function rttWords({ rttMs, rttSource }: PlacementCandidate): string {
  if (rttMs === null) return 'at a distance that nobody has measured'
  const rtt = rttMs < 10 ? rttMs.toFixed(1).replace(/\.0$/, '') : String(Math.round(rttMs))
  return rttSource === 'prior' || rttSource === 'mesh' ? `about ${rtt} ms` : `${rtt} ms`
}
