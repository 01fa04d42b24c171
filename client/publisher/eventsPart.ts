import type { EventView } from '../../config/protocol/events.ts'
import { copyField } from '../ui/copyField.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'
import { eventForm } from './eventForm.ts'
import type { EventsApi } from './eventsApi.ts'
import { eventWords } from './eventWords.ts'

const everyMs = 5_000

/** Seats that are held for a title at a time: what is booked, and booking more. */
export class EventsPart {
  readonly element: HTMLElement
  readonly #titleId: string
  readonly #api: EventsApi
  readonly #mayBook: boolean
  readonly #announce: (text: string) => void
  readonly #trouble = new Trouble()
  readonly #list = h('div')
  #shown = ''
  #atMs = Number.NEGATIVE_INFINITY

  constructor(
    titleId: string,
    api: EventsApi,
    { mayBook, announce }: { mayBook: boolean; announce: (text: string) => void },
  ) {
    this.#titleId = titleId
    this.#api = api
    this.#mayBook = mayBook
    this.#announce = announce
    const booking = h('details', {}, h('summary', {}, 'Book seats for an event'))
    // What can be booked is asked for when somebody wants to know.
    booking.addEventListener('toggle', () => {
      if (booking.open && booking.childElementCount === 1)
        booking.append(eventForm(titleId, api, () => void this.#look()))
    })
    this.element = section('events', 'Events', [this.#trouble.element, this.#list, mayBook && booking])
  }

  async refresh(): Promise<void> {
    if (performance.now() - this.#atMs >= everyMs) await this.#look()
  }

  async #look(): Promise<void> {
    this.#atMs = performance.now()
    try {
      const { events } = await this.#api.list(this.#titleId)
      this.#trouble.fresh()
      const key = JSON.stringify(events)
      if (key === this.#shown) return
      this.#shown = key
      this.#show(events)
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #show(events: readonly EventView[]): void {
    const focused = document.activeElement?.closest<HTMLElement>('[data-event]')?.dataset['event']
    replace(
      this.#list,
      events.length === 0
        ? h(
            'p',
            { class: 'hint' },
            'None yet. Book seats for a launch or a tournament: its players find them free and the game ready.',
          )
        : h('ul', { class: 'event-list' }, ...events.map((event) => this.#item(event))),
    )
    if (focused !== undefined)
      this.#list.querySelector<HTMLElement>(`[data-event="${CSS.escape(focused)}"] button`)?.focus()
  }

  #item(event: EventView): HTMLElement {
    const { eventId, name, fromMs, toMs, sites, linkToken, state } = event
    const { looks, tag, text } = eventWords(event)
    const isOpen = state === 'booked' || state === 'warming' || state === 'held'
    const link =
      linkToken !== null && isOpen
        ? copyField(`event-${eventId}`, `${location.origin}/play/${event.titleId}?event=${linkToken}`, 'link')
        : null
    return h(
      'li',
      { 'data-event': eventId },
      h('div', { class: 'event-head' }, h('h3', {}, name), h('span', { class: `tag ${looks}` }, tag)),
      h('p', { class: 'figure' }, `${whenText(fromMs)} – ${whenText(toMs)}`),
      h('p', {}, text),
      h(
        'p',
        { class: 'hint' },
        sites
          .map((site) =>
            state === 'held'
              ? `${site.siteName} ${site.holding} of ${site.seats}`
              : `${site.siteName} ${site.seats}`,
          )
          .join(' · '),
      ),
      link !== null &&
        h('label', { class: 'hint', for: `event-${eventId}` }, 'Its players come by this link.'),
      link !== null && h('div', { class: 'take' }, link[0], link[1]),
      link !== null && link[2],
      this.#mayBook &&
        isOpen &&
        h(
          'div',
          { class: 'form-actions' },
          state === 'held' &&
            event.used > 0 &&
            event.used < event.seats - event.givenBack &&
            h(
              'button',
              {
                class: 'button',
                type: 'button',
                'aria-label': `Give back what ${name} does not use`,
                on: { click: () => void this.#giveBack(event) },
              },
              'Give back what is unused',
            ),
          h(
            'button',
            {
              class: 'button button-bad',
              type: 'button',
              'aria-label': `${state === 'held' ? 'End' : 'Cancel'} ${name}`,
              on: { click: () => void this.#cancel(event) },
            },
            state === 'held' ? 'End it now' : 'Cancel it',
          ),
        ),
    )
  }

  async #cancel({ eventId, name, state }: EventView): Promise<void> {
    const isHeld = state === 'held'
    const sure = await ask({
      title: isHeld ? `End ${name} now?` : `Cancel ${name}?`,
      text: isHeld
        ? 'Those who play go on. The seats that nobody sits on are everybody’s at once.'
        : 'Its seats are everybody’s again. Others may have booked them by the time that you want them back.',
      yes: isHeld ? 'End it' : 'Cancel it',
      no: 'Keep it',
      danger: true,
    })
    if (sure)
      await this.#act(
        () => this.#api.cancel(eventId),
        isHeld ? `${name} has ended.` : `${name} is cancelled.`,
      )
  }

  async #giveBack({ eventId, name, used, seats, givenBack }: EventView): Promise<void> {
    const unused = seats - givenBack - used
    const sure = await ask({
      title: `Give ${unused === 1 ? '1 seat' : `${unused} seats`} back?`,
      text: `${name} keeps as many as are in use now. The others are everybody’s at once.`,
      yes: 'Give them back',
      no: 'Keep them',
    })
    if (sure) await this.#act(() => this.#api.change(eventId, { seats: used }), 'Given back.')
  }

  async #act(task: () => Promise<unknown>, done: string): Promise<void> {
    try {
      await task()
      this.#trouble.clear()
      this.#announce(done)
      await this.#look()
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }
}
