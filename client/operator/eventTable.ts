import type { EventView, OperatorEvents } from '../../config/protocol/events.ts'
import { h } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'
import { plural } from './words.ts'

/** Seats that publishers have booked, and those that are held for them now. */
export class EventTable {
  readonly element: HTMLElement
  readonly #table = new LiveTable(
    'Events',
    [
      { name: 'Event' },
      { name: 'From' },
      { name: 'To' },
      { name: 'Where' },
      { name: 'State' },
      { name: 'Call off' },
    ],
    'Nobody has booked seats for an event.',
  )
  readonly #cancel: (event: EventView) => void

  constructor(cancel: (event: EventView) => void) {
    this.#cancel = cancel
    this.element = this.#table.element
  }

  show({ events }: OperatorEvents): void {
    this.#table.show(events, () =>
      events.map(({ orgId, event }) => ({
        key: event.eventId,
        cells: [
          h('span', {}, event.name, ' ', h('small', {}, event.titleId, ' · ', orgId)),
          whenText(event.fromMs),
          whenText(event.toMs),
          event.sites.map(({ siteName, seats }) => `${siteName} ${seats}`).join(', '),
          stateText(event),
          h(
            'button',
            {
              class: 'link',
              type: 'button',
              'aria-label': `Call off ${event.name}`,
              on: { click: () => this.#cancel(event) },
            },
            'Call off',
          ),
        ],
      })),
    )
  }
}

function stateText({ state, seats, givenBack, ready, holding, used }: EventView): string {
  const left = seats - givenBack
  if (state === 'held') return `held ${holding} of ${left}, ${used} in use`
  return state === 'warming'
    ? `warming up, ${ready} of ${left} ready`
    : `booked, ${plural(left, 'seat', 'seats')}`
}
