import type { RegionQuality } from '../../config/protocol/titleQuality.ts'
import { MapView, pinned } from '../map/mapView.ts'
import { onMap } from '../map/world.ts'
import { s } from '../ui/svg.ts'
import { clickLevel, clickLimits, clickText, regionName } from './qualityWords.ts'

const mostLabels = 40

/** Where players are, as circles by how many plays there were, in the colour of their click-to-photon. */
export class QualityMap {
  readonly #regions = s('g')
  readonly #view = new MapView({
    label: 'World map of where players are and of their click-to-photon. The table below says the same.',
    fitLabel: 'Show all places',
    layers: [this.#regions],
    legend: [
      ['legend-near', `up to ${clickLimits.good} ms`],
      ['legend-middling', `up to ${clickLimits.fair} ms`],
      ['legend-far', 'more'],
      ['legend-unknown', 'not measured'],
    ],
  })

  get element(): HTMLElement {
    return this.#view.element
  }

  show(regions: readonly RegionQuality[]): void {
    const placed = regions.flatMap((region) => (region.at === null ? [] : [{ region, at: onMap(region.at) }]))
    this.#regions.replaceChildren(
      // The larger ones below, so that every one can be pointed at.
      ...placed.map(({ region, at }, index) => {
        const { plays, clickP50Ms } = region
        const r = Math.min(22, 5 + Math.sqrt(plays))
        const words = `${regionName(region, regions)}: ${plays} plays, ${clickText(clickP50Ms)}`
        const name = s('text', { 'data-gap': r + 4, y: 4 }, clickText(clickP50Ms))
        return pinned(
          at,
          `region region-${clickLevel(clickP50Ms)}`,
          s('title', {}, words),
          s('circle', { r }),
          ...(index < mostLabels && clickP50Ms !== null ? [name] : []),
        )
      }),
    )
    this.#view.shown(placed.map(({ at }) => at))
  }
}
