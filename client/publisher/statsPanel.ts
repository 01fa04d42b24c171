import type { TitleLogs, TitleStats } from '../../config/protocol/publishing.ts'
import { h, replace } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'
import { Trouble } from '../ui/trouble.ts'
import { dayChart } from './dayChart.ts'
import { figure } from './figure.ts'
import type { PublisherApi } from './publisherApi.ts'
import { QualityPanel } from './qualityPanel.ts'
import { clickText } from './qualityWords.ts'
import { RatingsPanel } from './ratingsPanel.ts'
import { daysOf, endWords, secondsText, sumBy } from './statsWords.ts'

const dayMs = 24 * 3_600_000
const ranges = [7, 30, 90] as const

/** How a title plays, from its real sessions. */
export class StatsPanel {
  readonly element: HTMLElement
  readonly #api: PublisherApi
  readonly #titleId: string
  readonly #figures = h('dl', { class: 'figures-list' })
  readonly #chart = h('div', { class: 'chart-box' })
  readonly #trouble = new Trouble()
  readonly #csv = h('a', { class: 'button' }, 'Take it along as CSV')
  readonly #csvByDay = h('a', {}, 'Quality by day, CSV')
  readonly #csvByRegion = h('a', {}, 'Quality by region, CSV')
  readonly #quality = new QualityPanel()
  readonly #ratings = new RatingsPanel()
  readonly #sites = new LiveTable(
    'By site',
    [
      { name: 'Served from' },
      { name: 'Plays', figures: true },
      { name: 'Hours', figures: true },
      { name: 'Crashes', figures: true },
      { name: 'Failed starts', figures: true },
    ],
    'Nobody has played it in this time.',
  )
  readonly #logs = new LiveTable(
    'Latest sessions',
    [
      { name: 'Began' },
      { name: 'Version' },
      { name: 'Served from' },
      { name: 'First picture', figures: true },
      { name: 'Click-to-photon', figures: true },
      { name: 'Played', figures: true },
      { name: 'How it ended' },
    ],
    'No session has ended yet.',
  )
  #days: number = 30
  #shown = ''

  constructor(api: PublisherApi, titleId: string) {
    this.#api = api
    this.#titleId = titleId
    const select = h(
      'select',
      { id: 'stats-range', class: 'small-select' },
      ...ranges.map((days) =>
        h('option', { value: days, selected: days === this.#days }, `Last ${days} days`),
      ),
    )
    select.addEventListener('change', () => {
      this.#days = Number(select.value)
      void this.refresh()
    })
    this.#quality.element.append(h('p', { class: 'form-actions' }, this.#csvByDay, this.#csvByRegion))
    this.element = h(
      'div',
      { class: 'stack' },
      h(
        'section',
        { class: 'card-box', 'aria-labelledby': 'stats-title', 'data-role': 'stats' },
        h(
          'div',
          { class: 'stats-head' },
          h('h2', { id: 'stats-title' }, 'How it plays'),
          h(
            'div',
            { class: 'form-actions' },
            h('label', { class: 'visually-hidden', for: 'stats-range' }, 'Time'),
            select,
            this.#csv,
          ),
        ),
        this.#trouble.element,
        this.#figures,
        this.#chart,
      ),
      this.#quality.element,
      this.#ratings.element,
      this.#sites.element,
      this.#logs.element,
    )
  }

  async refresh(): Promise<void> {
    const [from, to] = daysOf(Date.now() - (this.#days - 1) * dayMs, Date.now())
    this.#csv.href = this.#api.csvAddress(this.#titleId, from, to)
    this.#csvByDay.href = this.#api.csvAddress(this.#titleId, from, to, 'day')
    this.#csvByRegion.href = this.#api.csvAddress(this.#titleId, from, to, 'region')
    try {
      const [stats, logs, ratings] = await Promise.all([
        this.#api.stats(this.#titleId, from, to),
        this.#api.logs(this.#titleId, 50),
        this.#api.ratings(this.#titleId),
      ])
      this.#trouble.fresh()
      this.#show(stats)
      this.#quality.show(stats)
      this.#ratings.show(ratings)
      this.#showLogs(logs)
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #show(stats: TitleStats): void {
    const key = JSON.stringify(stats)
    if (key === this.#shown) return
    this.#shown = key
    const { total, rows } = stats
    replace(
      this.#figures,
      figure('Plays', String(total.plays)),
      figure('Hours played', (total.minutes / 60).toFixed(1)),
      figure('Most at once', String(total.mostAtOnce)),
      figure(
        'Wish to first picture',
        secondsText(total.startP50Ms),
        total.startP95Ms === null ? '' : `one in twenty over ${secondsText(total.startP95Ms)}`,
      ),
      figure('Crashes', String(total.crashes)),
      figure('Failed starts', String(total.failedStarts)),
    )
    replace(
      this.#chart,
      dayChart(stats),
      h(
        'p',
        { class: 'chart-words' },
        h('span', {}, stats.from),
        h('span', {}, stats.to),
        h('span', {}, 'Bars: plays a day. Line: most players at once.'),
      ),
    )
    this.#sites.show(rows, () =>
      sumBy(rows, ({ region }) => region).map(([region, sum]) => ({
        key: region,
        cells: [
          region === '' ? 'nowhere: no node was found' : region,
          String(sum.plays),
          (sum.minutes / 60).toFixed(1),
          String(sum.crashes),
          String(sum.failedStarts),
        ],
      })),
    )
  }

  #showLogs({ sessions }: TitleLogs): void {
    this.#logs.show(sessions, () =>
      sessions.map(
        ({ sessionId, createdAtMs, version, channel, region, startMs, clickP50Ms, minutes, end }) => ({
          key: sessionId,
          cells: [
            whenText(createdAtMs),
            h(
              'span',
              {},
              h('span', { class: 'figure' }, version),
              channel !== 'live' && h('small', {}, channel),
            ),
            region === '' ? '–' : region,
            secondsText(startMs),
            clickText(clickP50Ms),
            `${minutes.toFixed(1)} min`,
            h('span', {}, endWords(end.reason), end.detail !== null && h('small', {}, end.detail)),
          ],
        }),
      ),
    )
  }
}
