import type { OperatorMap, OperatorPlace, OperatorSite, ServedFrom } from '../../config/protocol/operator.ts'
import { pinned } from '../map/mapView.ts'
import { placeName } from '../map/places.ts'
import { greatCircle, type LatLon, onMap } from '../map/world.ts'
import { msText } from '../ui/format.ts'
import { s } from '../ui/svg.ts'
import { loadLevel, loadOf, plural } from './words.ts'

export interface Placed {
  readonly site: OperatorSite & LatLon
  readonly at: readonly [number, number]
}

export const placedSites = ({ sites }: OperatorMap): readonly Placed[] =>
  sites.flatMap((site) => {
    const { lat, lon } = site
    if (lat === null || lon === null) return []
    const placed = { ...site, lat, lon }
    return [{ site: placed, at: onMap(placed) }]
  })

/** Pixels; area follows the count, so that twice as many look twice as much. */
const radius = (count: number, least: number, most: number): number =>
  Math.min(most, least + Math.sqrt(count) * 1.1)

/** A ring whose drawn part is what is in use. */
export function siteMarker({ site, at }: Placed, labelled: boolean): SVGGElement {
  const load = loadOf(site)
  const r = radius(site.seats, 4.5, 15)
  const group = pinned(
    at,
    `site site-${loadLevel(load)}${site.draining === site.nodes ? ' site-draining' : ''}`,
    s('title', {}, siteText(site)),
    s('circle', { r: r + 3, class: 'site-halo' }),
    s('circle', { r, class: 'site-body' }),
    s('circle', {
      r,
      class: 'site-ring',
      pathLength: 100,
      'stroke-dasharray': `${(load * 100).toFixed(1)} 100`,
      transform: 'rotate(-90)',
    }),
    ...(labelled
      ? [s('text', { 'data-gap': r + 5, y: 4 }, `${site.name} ${site.seatsUsed}/${site.seats}`)]
      : []),
  )
  group.dataset['site'] = site.siteId
  return group
}

export function placeMarker(place: OperatorPlace): SVGGElement {
  const people = place.sessions + place.waiting
  return pinned(
    onMap(place),
    place.waiting > 0 ? 'place place-waiting' : 'place',
    s('title', {}, placeText(place)),
    s('circle', { r: radius(people, 1.6, 9) }),
  )
}

export function serviceArc(link: ServedFrom, place: OperatorPlace, site: Placed['site']): SVGPathElement {
  return s(
    'path',
    {
      class: `arc arc-${distanceLevel(link.rttMs)}`,
      d: greatCircle(place, site),
      'stroke-width': Math.min(5, 0.8 + Math.log2(link.sessions + 1) * 0.6).toFixed(2),
    },
    s(
      'title',
      {},
      `${placeName(place)} → ${site.name}: ${plural(link.sessions, 'player', 'players')}, ${msText(link.rttMs)} ms`,
    ),
  )
}

export function distanceLevel(rttMs: number | null): 'near' | 'middling' | 'far' | 'unknown' {
  if (rttMs === null) return 'unknown'
  if (rttMs <= 35) return 'near'
  return rttMs <= 80 ? 'middling' : 'far'
}

const siteText = ({ name, nodes, draining, seats, seatsUsed }: OperatorSite): string =>
  `${name}: ${seatsUsed} of ${plural(seats, 'seat', 'seats')} in use, ${plural(nodes, 'node', 'nodes')}${
    draining > 0 ? `, ${draining} stopping` : ''
  }`

const placeText = (place: OperatorPlace): string =>
  `${placeName(place)}: ${plural(place.sessions, 'player', 'players')}${
    place.waiting > 0 ? `, ${place.waiting} waiting` : ''
  }`
