import type { EventEntry, EventRoom, EventWhere } from '../../config/protocol/events.ts'
import { eventEntry } from '../../config/protocol/events.ts'
import { randomId } from '../player/randomId.ts'
import { errorOf } from '../ui/api.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { checkList, failureBox, field, form, selectField } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import type { EventsApi } from './eventsApi.ts'
import { localValue, roomText, zoneText } from './eventWords.ts'

const hourMs = 3_600_000
const minuteMs = 60_000

const entryWords: Readonly<Record<EventEntry, string>> = {
  title: 'Whoever plays the title',
  link: 'Whoever comes by the link of the event',
  launch: 'Whom your own site sends, with a launch token',
}

/** Books seats: when, where, for whom. @param done a booking was made */
export function eventForm(titleId: string, api: EventsApi, done: () => void): HTMLFormElement {
  const begin = Math.ceil((Date.now() + hourMs) / hourMs) * hourMs
  const zone = h('p', { class: 'hint', id: 'event-zone' })
  const places = h('div', { class: 'event-places', 'aria-live': 'polite' })
  const input = (name: string): HTMLInputElement | null =>
    element.querySelector<HTMLInputElement>(`input[name="${name}"]`)
  const timeOf = (name: string): number => new Date(input(name)?.value ?? '').getTime()
  let kind: EventWhere['kind'] = 'players'
  let room: EventRoom | null = null
  /** The same for as long as the same is asked for, so that a second press books nothing twice. */
  let asked = { text: '', key: '' }

  const where = selectField({
    name: 'where',
    label: 'Where',
    options: [
      { value: 'players', label: 'Where its players are' },
      { value: 'regions', label: 'In regions that I choose' },
      { value: 'sites', label: 'At sites that I choose' },
    ],
  })
  const seats = (): HTMLElement =>
    field({
      name: 'seats',
      label: 'Seats',
      type: 'number',
      value: '10',
      input: { min: 1, max: 10_000, inputmode: 'numeric' },
    })

  function showPlaces(): void {
    const sites = room?.sites ?? []
    const total = sites.reduce((sum, { bookable }) => sum + bookable, 0)
    const regions = [...new Set(sites.map(({ region }) => region))]
    const none = room !== null && sites.length === 0
    replace(
      places,
      none && h('p', {}, 'No node that may run this title is there now, so nothing can be booked.'),
      kind === 'regions' &&
        checkList(
          'Regions',
          'region',
          regions.map((region) => ({
            value: region,
            label: region,
            hint: `${sites.filter((site) => site.region === region).reduce((sum, { bookable }) => sum + bookable, 0)} can be booked`,
            checked: regions.length === 1,
          })),
        ),
      kind !== 'sites' && seats(),
      kind !== 'sites' && room !== null && h('p', { class: 'hint' }, `${total} can be booked in all.`),
      ...(kind !== 'sites'
        ? []
        : sites.map((site) =>
            field({
              name: `site:${site.siteId}`,
              label: `Seats at ${site.siteName}`,
              type: 'number',
              optional: true,
              hint: roomText(site, whenText),
              input: { min: 0, max: site.bookable, inputmode: 'numeric', disabled: site.bookable === 0 },
            }),
          )),
    )
  }

  async function look(): Promise<void> {
    const [fromMs, toMs] = [timeOf('from'), timeOf('to')]
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return
    setText(zone, `Times are in ${zoneText(fromMs)}.`)
    try {
      const found = await api.room(titleId, fromMs, toMs)
      if (timeOf('from') !== fromMs || timeOf('to') !== toMs) return
      room = found
      showPlaces()
    } catch (failure) {
      room = null
      replace(places, failureBox(errorOf(failure)))
    }
  }

  function whereOf(text: (name: string) => string, all: (name: string) => readonly string[]): EventWhere {
    if (kind === 'players') return { kind, seats: Number(text('seats')) }
    if (kind === 'regions') return { kind, regions: [...all('region')], seats: Number(text('seats')) }
    const sites = (room?.sites ?? []).flatMap(({ siteId }) => {
      const count = Number(text(`site:${siteId}`))
      return count > 0 ? [{ siteId, seats: count }] : []
    })
    return { kind, sites }
  }

  const time = (name: string, label: string, atMs: number): HTMLElement =>
    field({
      name,
      label,
      value: localValue(atMs),
      input: { type: 'datetime-local', 'aria-describedby': 'event-zone' },
    })
  const element: HTMLFormElement = form({
    label: 'Book seats for an event',
    fields: [
      field({
        name: 'name',
        label: 'Name',
        hint: 'Only you and the operator see it.',
        input: { maxlength: 80 },
      }),
      h('div', { class: 'event-times' }, time('from', 'From', begin), time('to', 'To', begin + 2 * hourMs)),
      zone,
      where,
      places,
      selectField({
        name: 'entry',
        label: 'Who gets these seats',
        options: eventEntry.options.map((value) => ({ value, label: entryWords[value] })),
      }),
      selectField({
        name: 'giveBack',
        label: 'A seat for which nobody comes',
        options: [
          { value: '', label: 'is kept until the end' },
          ...[15, 30, 60].map((minutes) => ({
            value: String(minutes),
            label: `is everybody’s after ${minutes} minutes`,
          })),
        ],
      }),
    ],
    submit: 'Book them',
    async task({ text, all }) {
      const wish = {
        titleId,
        name: text('name'),
        fromMs: timeOf('from'),
        toMs: timeOf('to'),
        where: whereOf(text, all),
        entry: eventEntry.options.find((one) => one === text('entry')) ?? 'title',
        giveBackAfterMs: text('giveBack') === '' ? null : Number(text('giveBack')) * minuteMs,
      }
      const said = JSON.stringify(wish)
      if (asked.text !== said) asked = { text: said, key: randomId() }
      const event = await api.book({ ...wish, idempotencyKey: asked.key })
      done()
      void look()
      return `${event.seats === 1 ? '1 seat is' : `${event.seats} seats are`} booked: ${event.sites.map((site) => `${site.siteName} ${site.seats}`).join(', ')}.`
    },
  })
  element.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return
    if (target.name === 'from' || target.name === 'to') void look()
    if (target.name !== 'where') return
    kind = target.value === 'regions' || target.value === 'sites' ? target.value : 'players'
    showPlaces()
  })
  showPlaces()
  void look()
  return element
}
