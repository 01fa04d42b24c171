import type { CapacityAdvice, DemandRow, OperatorDemand } from '../../config/protocol/operator.ts'
import { placeName } from '../map/places.ts'
import { h, replace } from '../ui/dom.ts'
import { msText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'
import { forecastChart } from './forecastChart.ts'
import { LiveTable } from '../ui/table.ts'
import { hourText, plural } from './words.ts'

const fewHours = 48

/** Demand against supply with the hours to come, and where seats should be added next. */
export class DemandPanel {
  readonly element: HTMLElement
  readonly #table = new LiveTable(
    'Demand against supply',
    [
      { name: 'Region' },
      { name: 'Seats', figures: true },
      { name: 'Playing', figures: true },
      { name: 'Waiting', figures: true },
      { name: 'Last day and next hours' },
      { name: 'Outlook' },
    ],
    'Nothing to compare yet: no node is online, and nobody has asked for a seat.',
  )
  readonly #note = h('p', { class: 'note' })
  readonly #advice = h('div')
  #shown = ''

  constructor() {
    this.#table.element.append(this.#note)
    this.element = h(
      'div',
      { class: 'demand' },
      this.#table.element,
      h(
        'section',
        { class: 'panel-box advice', 'aria-labelledby': 'advice-title' },
        h('h2', { id: 'advice-title' }, 'Add capacity next'),
        this.#advice,
      ),
    )
  }

  show(demand: OperatorDemand): void {
    const { rows, hoursKnown } = demand
    this.#table.show(rows, () =>
      rows.map((row) => ({
        key: `${row.region} ${row.class}`,
        cells: [
          h('span', {}, row.region, h('small', {}, row.class)),
          String(row.seats),
          String(row.playing),
          row.waiting === 0 ? '0' : h('strong', { class: 'waiting' }, String(row.waiting)),
          row.coming.length === 0 ? 'no forecast yet' : forecastChart(row),
          outlook(row),
        ],
      })),
    )
    this.#note.hidden = rows.length === 0
    replace(
      this.#note,
      hoursKnown >= fewHours
        ? `From ${plural(hoursKnown, 'hour', 'hours')} on record. The band holds four hours in five. A seat that can do several classes counts in each.`
        : `Only ${plural(hoursKnown, 'hour is', 'hours are')} on record: the forecast knows no daily rhythm before two days. A seat that can do several classes counts in each.`,
    )
    this.#showAdvice(demand)
  }

  #showAdvice({ advice, plannedForMs, rows }: OperatorDemand): void {
    const key = JSON.stringify([advice, plannedForMs, rows.length === 0])
    if (key === this.#shown) return
    this.#shown = key
    if (rows.length === 0) {
      replace(this.#advice, h('p', { class: 'empty' }, 'Nothing is known of supply or demand yet.'))
      return
    }
    if (advice.length === 0) {
      replace(
        this.#advice,
        h(
          'p',
          { class: 'empty' },
          icon('check'),
          'What there is does for what is expected. Nothing to add now.',
        ),
      )
      return
    }
    replace(
      this.#advice,
      h(
        'p',
        { class: 'note' },
        plannedForMs === null
          ? 'For the players of now.'
          : `For ${hourText(plannedForMs)}, the fullest of the coming hours.`,
      ),
      h(
        'ol',
        {},
        ...advice.map((one) => h('li', {}, h('strong', {}, adviceTitle(one)), h('small', {}, gainText(one)))),
      ),
    )
  }
}

function outlook(row: DemandRow): HTMLElement {
  const worst =
    row.coming.find(({ state }) => state === 'short') ?? row.coming.find(({ state }) => state === 'tight')
  const fullest = row.coming.toSorted((a, b) => b.expected - a.expected)[0]
  const level = row.waiting > 0 || worst?.state === 'short' ? 'short' : (worst?.state ?? 'enough')
  const words = { enough: 'Enough', tight: 'Tight', short: 'Short' } as const
  const peak =
    fullest === undefined
      ? null
      : `about ${count(fullest.expected)} at ${hourText(fullest.atMs)}, up to ${count(fullest.high)}`
  return h(
    'span',
    { class: `outlook outlook-${level}` },
    h(
      'strong',
      {},
      row.missing > 0 ? `${words[level]}: ${plural(row.missing, 'seat', 'seats')} missing` : words[level],
    ),
    peak !== null && h('small', {}, peak),
  )
}

const count = (value: number): string =>
  value < 10 ? value.toFixed(1).replace('.0', '') : String(Math.round(value))

function adviceTitle({ siteId, name, country, lat, lon, seats }: CapacityAdvice): string {
  const more = plural(seats, 'seat', 'seats')
  if (siteId !== null) return `${name ?? siteId}: ${more} more`
  return lat === null || lon === null
    ? `A new site: ${more}`
    : `A new site near ${placeName({ country: country ?? '', lat, lon })}: ${more}`
}

function gainText({ savedQueueMinutesPerHour, savedRttMs }: CapacityAdvice): string {
  const gains = [
    savedQueueMinutesPerHour >= 1 &&
      `${Math.round(savedQueueMinutesPerHour)} minutes of waiting less in an hour`,
    savedRttMs >= 0.1 && `${msText(savedRttMs)} ms off the mean round trip`,
  ].filter((gain) => gain !== false)
  return gains.length === 0 ? 'a little of both' : gains.join('; ')
}
