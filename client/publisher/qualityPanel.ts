import type { RegionQuality, TitleQuality } from '../../config/protocol/titleQuality.ts'
import type { TitleStats } from '../../config/protocol/publishing.ts'
import { h, replace } from '../ui/dom.ts'
import { LiveTable } from '../ui/table.ts'
import { clickChart } from './clickChart.ts'
import type { QualityMap } from './qualityMap.ts'
import {
  clickText,
  droppedText,
  elsewhereNote,
  freezesText,
  isElsewhere,
  regionKey,
  regionName,
} from './qualityWords.ts'
import { figure } from './figure.ts'

const everywhere = 'all'
const columns = [
  { name: 'Plays', figures: true },
  { name: 'Median', figures: true },
  { name: 'One in twenty over', figures: true },
  { name: 'Frames lost', figures: true },
  { name: 'Freezes an hour', figures: true },
] as const

/** How it feels to play: click-to-photon and frames, over time and by where players are. */
export class QualityPanel {
  readonly element: HTMLElement
  readonly #figures = h('dl', { class: 'figures-list' })
  readonly #empty = h(
    'p',
    { class: 'empty' },
    'No session was measured in this time. Players’ pages measure by themselves while they play.',
  )
  readonly #chart = h('div', { class: 'chart-box' })
  readonly #where = h('select', { id: 'quality-where', class: 'small-select' })
  readonly #measured: HTMLElement
  readonly #map = h('div')
  readonly #places = new LiveTable(
    'By where players are',
    [{ name: 'Where' }, ...columns],
    'Nobody has played it in this time.',
  )
  readonly #days = new LiveTable(
    'Click-to-photon by day',
    [{ name: 'Day' }, ...columns.slice(1)],
    'Nothing was measured.',
  )
  #view: QualityMap | null = null
  #stats: TitleStats | null = null
  #shown = ''

  constructor() {
    this.#where.addEventListener('change', () => this.#showDays())
    this.#measured = h(
      'div',
      { class: 'stack' },
      this.#figures,
      h(
        'div',
        {},
        h(
          'div',
          { class: 'stats-head' },
          h('h3', {}, 'Click-to-photon by day'),
          h('label', { class: 'visually-hidden', for: 'quality-where' }, 'Where'),
          this.#where,
        ),
        this.#chart,
      ),
      h('details', {}, h('summary', {}, 'The same as a table'), this.#days.element),
    )
    this.element = h(
      'section',
      { class: 'card-box', 'aria-labelledby': 'quality-title', 'data-role': 'quality' },
      h('h2', { id: 'quality-title' }, 'How it feels'),
      h(
        'p',
        { class: 'hint' },
        'From players’ own pages: the time from an input to the first picture that can show it, without what their mouse and screen add, and the frames. Each session counts once.',
      ),
      this.#empty,
      this.#measured,
      this.#map,
      this.#places.element,
    )
  }

  show(stats: TitleStats): void {
    const key = JSON.stringify([stats.from, stats.to, stats.quality])
    if (key === this.#shown) return
    this.#shown = key
    this.#stats = stats
    const { total, regions } = stats.quality
    this.#empty.hidden = total.measured > 0
    this.#measured.hidden = total.measured === 0
    replace(
      this.#figures,
      figure(
        'Click-to-photon',
        clickText(total.clickP50Ms),
        total.clickP95Ms === null ? '' : `one in twenty over ${clickText(total.clickP95Ms)}`,
      ),
      figure(
        'Frames lost',
        droppedText(total),
        `of ${(total.framesShown + total.framesDropped).toLocaleString('en')}`,
      ),
      figure('Freezes an hour', freezesText(total), `${(total.frozenMs / 1000).toFixed(1)} s in all`),
      figure('Decoding a frame', total.decodeMs === null ? '–' : `${total.decodeMs.toFixed(1)} ms`),
      figure('Sessions measured', total.measured.toLocaleString('en')),
    )
    this.#offerPlaces(regions)
    this.#showDays()
    this.#places.show(regions, () => rowsOf(regions))
    void this.#draw(stats.quality)
  }

  #offerPlaces(regions: readonly RegionQuality[]): void {
    const chosen = this.#where.value
    replace(
      this.#where,
      h('option', { value: everywhere }, 'Everywhere'),
      ...regions
        .filter((region) => !isElsewhere(region) && region.days.length > 0)
        .map((region) => h('option', { value: regionKey(region) }, regionName(region, regions))),
    )
    this.#where.value = chosen
    if (this.#where.selectedIndex < 0) this.#where.value = everywhere
  }

  #showDays(): void {
    if (this.#stats === null) return
    const { from, to, quality } = this.#stats
    const region = quality.regions.find((one) => regionKey(one) === this.#where.value)
    const days = region?.days ?? quality.days
    const { element, topMs } = clickChart(
      from,
      to,
      days,
      region === undefined ? 'everywhere' : `in ${regionName(region, quality.regions)}`,
    )
    replace(
      this.#chart,
      element,
      h(
        'p',
        { class: 'chart-words' },
        h('span', {}, from),
        h('span', {}, to),
        h(
          'span',
          {},
          `Upper edge: ${topMs} ms. Thick line: median. Thin line: one in twenty inputs took longer.`,
          region !== undefined && ' Days with few players from there are left out.',
        ),
      ),
    )
    this.#days.show([this.#where.value, days], () =>
      days
        .filter(({ measured }) => measured > 0)
        .map((day) => ({
          key: day.day,
          cells: [
            day.day,
            clickText(day.clickP50Ms),
            clickText(day.clickP95Ms),
            droppedText(day),
            freezesText(day),
          ],
        })),
    )
  }

  /** The map comes when there is something to draw: it is larger than the rest of the page. */
  async #draw({ regions }: TitleQuality): Promise<void> {
    const isPlaced = regions.some(({ at }) => at !== null)
    this.#map.hidden = !isPlaced
    if (!isPlaced) return
    if (this.#view === null) {
      const { QualityMap: Map } = await import('./qualityMap.ts')
      this.#view ??= new Map()
      if (!this.#map.hasChildNodes()) this.#map.append(this.#view.element)
    }
    this.#view.show(this.#stats?.quality.regions ?? regions)
  }
}

const rowsOf = (regions: readonly RegionQuality[]) =>
  regions.map((region) => ({
    key: regionKey(region),
    cells: [
      isElsewhere(region)
        ? h('span', {}, 'Elsewhere', h('small', {}, elsewhereNote))
        : regionName(region, regions),
      region.plays.toLocaleString('en'),
      clickText(region.clickP50Ms),
      clickText(region.clickP95Ms),
      droppedText(region),
      freezesText(region),
    ],
  }))
