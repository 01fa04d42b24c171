import type { OperatorMap, OperatorSite } from '../../config/protocol/operator.ts'
import { placeName } from '../map/places.ts'
import { h } from '../ui/dom.ts'
import { msText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'
import { loadLevel, loadOf, percent, plural, waitedText } from './words.ts'

/** A bar and its figure; the figure says it, the bar shows it. */
export function loadBar(load: number): HTMLElement {
  const fill = h('span', { class: `load-fill load-${loadLevel(load)}` })
  fill.style.width = `${(load * 100).toFixed(1)}%`
  return h(
    'span',
    { class: 'load' },
    h('span', { class: 'load-bar', 'aria-hidden': 'true' }, fill),
    h('span', { class: 'figure' }, percent(load)),
  )
}

export class SiteTable {
  readonly #table = new LiveTable(
    'Sites',
    [
      { name: 'Site' },
      { name: 'Free', figures: true },
      { name: 'Used', figures: true },
      { name: 'Load' },
      { name: 'Nodes', figures: true },
      { name: 'Seat worth', figures: true },
    ],
    'No node is online. A site is here as soon as one of its nodes has dialled in.',
  )
  readonly #onFocus: (siteId: string) => void

  constructor(onFocus: (siteId: string) => void) {
    this.#onFocus = onFocus
  }

  get element(): HTMLElement {
    return this.#table.element
  }

  show({ sites }: OperatorMap): void {
    this.#table.show(sites, () =>
      sites.map((site) => ({
        key: site.siteId,
        cells: [
          this.#name(site),
          String(Math.max(0, site.seats - site.seatsUsed)),
          String(site.seatsUsed),
          loadBar(loadOf(site)),
          site.draining === 0 ? String(site.nodes) : `${site.nodes} (${site.draining} stopping)`,
          site.seatPriceMs === null ? '–' : `${msText(site.seatPriceMs)} ms`,
        ],
      })),
    )
  }

  #name({ siteId, name, region, lat }: OperatorSite): HTMLElement {
    const words = h('small', {}, lat === null ? 'does not say where it stands' : region)
    if (lat === null) return h('span', {}, name, words)
    return h(
      'span',
      {},
      h(
        'button',
        {
          class: 'link',
          type: 'button',
          'aria-label': `Show ${name} on the map`,
          on: { click: () => this.#onFocus(siteId) },
        },
        name,
      ),
      words,
    )
  }
}

export class ServedTable {
  readonly #table = new LiveTable(
    'Who is served from where',
    [
      { name: 'Players in' },
      { name: 'Served from' },
      { name: 'Players', figures: true },
      { name: 'Round trip', figures: true },
    ],
    'Nobody plays now.',
  )

  get element(): HTMLElement {
    return this.#table.element
  }

  show({ served, places, sites, leftOut }: OperatorMap): void {
    const placesById = new Map(places.map((place) => [place.placeId, place]))
    const sitesById = new Map(sites.map((site) => [site.siteId, site]))
    this.#table.show([served, leftOut.served], () =>
      served.map(({ placeId, siteId, sessions, rttMs }) => {
        const place = placeId === null ? undefined : placesById.get(placeId)
        return {
          key: `${placeId} ${siteId}`,
          cells: [
            place === undefined ? 'a place that nobody knows' : placeName(place),
            sitesById.get(siteId)?.name ?? siteId,
            String(sessions),
            rttMs === null ? '–' : `${msText(rttMs)} ms`,
          ],
        }
      }),
    )
  }
}

export class QueueTable {
  readonly #table = new LiveTable(
    'Lines',
    [
      { name: 'Region' },
      { name: 'Seats' },
      { name: 'Waiting', figures: true },
      { name: 'Longest wait', figures: true },
    ],
    'Nobody waits.',
  )

  get element(): HTMLElement {
    return this.#table.element
  }

  show({ queues }: OperatorMap): void {
    this.#table.show(queues, () =>
      queues.map(({ region, class: name, waiting, longestMs }) => ({
        key: `${region} ${name}`,
        cells: [region, name, String(waiting), waitedText(longestMs)],
      })),
    )
  }
}

/** The whole network in four figures. */
export function summary({ sites, served, queues }: OperatorMap): HTMLElement {
  const seats = sites.reduce((sum, site) => sum + site.seats, 0)
  const used = sites.reduce((sum, site) => sum + site.seatsUsed, 0)
  const players = served.reduce((sum, { sessions }) => sum + sessions, 0)
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0)
  const figure = (name: string, value: string, note: string): HTMLElement =>
    h(
      'div',
      {},
      h('dt', {}, name),
      h('dd', {}, h('strong', { class: 'figure' }, value), h('small', {}, note)),
    )
  return h(
    'dl',
    { class: 'summary' },
    figure(
      'Sites',
      String(sites.length),
      plural(
        sites.reduce((sum, { nodes }) => sum + nodes, 0),
        'node',
        'nodes',
      ),
    ),
    figure('Seats in use', `${used}/${seats}`, seats === 0 ? 'no seats' : percent(used / seats)),
    figure('Playing', String(players), plural(served.length, 'path', 'paths')),
    figure('Waiting', String(waiting), plural(queues.length, 'line', 'lines')),
  )
}
