import type { EventView, RoomSite } from '../../config/protocol/events.ts'

const seatsText = (count: number): string => (count === 1 ? '1 seat' : `${count} seats`)

export interface EventWords {
  /** How the tag looks. */
  readonly looks: '' | 'tag-good' | 'tag-busy' | 'tag-bad'
  readonly tag: string
  readonly text: string
}

/** How a booking stands. */
export function eventWords(event: EventView): EventWords {
  const { state, seats, givenBack, ready, holding, used, players, mostUsed } = event
  const left = seats - givenBack
  const back = givenBack === 0 ? '' : ` ${givenBack} of ${seats} are given back.`
  if (event.isWithoutTitle && (state === 'warming' || state === 'held'))
    return {
      looks: 'tag-bad',
      tag: 'nothing is live',
      text: 'Put a version live: nothing is held while nobody can play it.',
    }
  switch (state) {
    case 'booked':
      return { looks: '', tag: 'booked', text: `${seatsText(left)}.${back}` }
    case 'warming':
      return {
        looks: 'tag-busy',
        tag: 'warming up',
        text: `${ready} of ${seatsText(left)} have the game.${back}`,
      }
    case 'held':
      return {
        looks: holding < left ? 'tag-busy' : 'tag-good',
        tag: `held ${holding} of ${left}`,
        text:
          (holding < left
            ? `${used} in use. More are held as they come free, and as nodes come back.`
            : `${used} in use.`) + back,
      }
    case 'over':
      return {
        looks: '',
        tag: 'over',
        text: `${players === 1 ? '1 player' : `${players} players`}, ${Math.max(0, seats - mostUsed)} of ${seatsText(seats)} unused.`,
      }
    case 'cancelled':
      return {
        looks: '',
        tag: 'cancelled',
        text:
          event.cancelled?.by === 'operator'
            ? 'The operator of the network called it off.'
            : 'It was called off.',
      }
    default:
      return state satisfies never
  }
}

/** `Europe/Berlin (GMT+1)`, as that zone is at that time. */
export function zoneText(atMs: number): string {
  const format = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' })
  const offset = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return `${format.resolvedOptions().timeZone} (${offset})`
}

/** As `datetime-local` has it, in the reader's zone. */
export function localValue(atMs: number): string {
  const at = new Date(atMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** What there is of a site, and who has the rest. @param timeText of a moment */
export function roomText({ bookable, seats, taken }: RoomSite, timeText: (atMs: number) => string): string {
  const there = `${bookable} of ${seatsText(seats)} can be booked`
  if (taken.length === 0) return there
  const parts = taken
    .slice(0, 3)
    .map((one) => `${one.seats} from ${timeText(one.fromMs)} to ${timeText(one.toMs)}`)
  return `${there}; booked: ${parts.join(', ')}${taken.length > 3 ? ' and more' : ''}`
}
