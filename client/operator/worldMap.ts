import type { OperatorMap } from '../../config/protocol/operator.ts'
import { MapView } from '../map/mapView.ts'
import { s } from '../ui/svg.ts'
import { type Placed, placedSites, placeMarker, serviceArc, siteMarker } from './markers.ts'

/** The busiest ones; the list beside has them all. */
const mostLabels = 80

/** Sites, players and who is served from where, on the world. */
export class WorldMap {
  readonly #arcs = s('g', { class: 'arcs' })
  readonly #places = s('g', { class: 'places' })
  readonly #sites = s('g', { class: 'sites' })
  readonly #view = new MapView({
    label: 'World map of sites and players. The tables beside it say the same.',
    fitLabel: 'Show all sites',
    layers: [this.#arcs, this.#places, this.#sites],
    legend: [
      ['legend-site', 'site, ring: seats in use'],
      ['legend-place', 'players'],
      ['legend-near', 'up to 35 ms'],
      ['legend-middling', 'up to 80 ms'],
      ['legend-far', 'farther'],
    ],
  })
  #placed: readonly Placed[] = []
  #shown = ''
  #marked: string | null = null

  get element(): HTMLElement {
    return this.#view.element
  }

  show(map: OperatorMap): void {
    const key = JSON.stringify([map.sites, map.places, map.served])
    if (key === this.#shown) return
    this.#shown = key
    this.#placed = placedSites(map)
    const sites = new Map(this.#placed.map(({ site }) => [site.siteId, site]))
    const places = new Map(map.places.map((place) => [place.placeId, place]))
    this.#arcs.replaceChildren(
      ...map.served.flatMap((link) => {
        const site = sites.get(link.siteId)
        const place = link.placeId === null ? undefined : places.get(link.placeId)
        return site === undefined || place === undefined ? [] : [serviceArc(link, place, site)]
      }),
    )
    this.#places.replaceChildren(...map.places.map(placeMarker))
    this.#sites.replaceChildren(
      ...this.#placed.map((placed, index) => siteMarker(placed, index < mostLabels)),
    )
    this.#mark()
    this.#view.shown(this.#placed.map(({ at }) => at))
  }

  /** Brings one site to the middle and marks it. */
  focus(siteId: string): void {
    const found = this.#placed.find(({ site }) => site.siteId === siteId)
    if (found === undefined) return
    this.#marked = siteId
    this.#mark()
    this.#view.focus(found.at)
  }

  #mark(): void {
    for (const marker of this.#sites.children)
      if (marker instanceof SVGElement) {
        const marked = marker.dataset['site'] === this.#marked
        marker.dataset['marked'] = String(marked)
        marker.classList.toggle('site-marked', marked)
      }
  }
}
