import { expect } from 'chai'
import type { EventView } from '../../../config/protocol/events.ts'
import { eventWords, localValue, roomText } from '../../../client/publisher/eventWords.ts'

const event = (change: Partial<EventView>): EventView => ({
  eventId: 'e',
  titleId: 'quest',
  name: 'Finals',
  fromMs: 0,
  toMs: 1,
  warmFromMs: 0,
  entry: 'title',
  linkToken: null,
  giveBackAfterMs: null,
  state: 'held',
  isWithoutTitle: false,
  seats: 20,
  givenBack: 0,
  ready: 20,
  holding: 20,
  used: 5,
  players: 231,
  mostUsed: 16,
  sites: [],
  createdAtMs: 0,
  createdBy: 'Ada',
  cancelled: null,
  ...change,
})

describe('what publishers read of an event', () => {
  for (const [change, tag, text] of [
    [{ state: 'booked' }, 'booked', '20 seats.'],
    [{ state: 'warming', ready: 8 }, 'warming up', '8 of 20 seats have the game.'],
    [{}, 'held 20 of 20', '5 in use.'],
    [{ holding: 18 }, 'held 18 of 20', '5 in use. More are held as they come free, and as nodes come back.'],
    [{ givenBack: 4, holding: 16 }, 'held 16 of 16', '5 in use. 4 of 20 are given back.'],
    [
      { isWithoutTitle: true },
      'nothing is live',
      'Put a version live: nothing is held while nobody can play it.',
    ],
    [{ state: 'over' }, 'over', '231 players, 4 of 20 seats unused.'],
    [
      { state: 'cancelled', cancelled: { atMs: 1, by: 'operator' } },
      'cancelled',
      'The operator of the network called it off.',
    ],
  ] as const)
    it(`is: ${tag} – ${text}`, () => expect(eventWords(event(change))).to.include({ tag, text }))

  it('is what can be booked at a site, and when the rest is taken', () => {
    const site = { siteId: 's', siteName: 'Oslo', region: 'Europe', seats: 8, bookable: 1, plays: 0 }
    const taken = [{ fromMs: 1, toMs: 2, seats: 3 }]
    expect(roomText({ ...site, taken }, (atMs) => `t${atMs}`)).equals(
      '1 of 8 seats can be booked; booked: 3 from t1 to t2',
    )
  })

  it('is a time as the field for it has it, of the reader’s zone', () => {
    const atMs = new Date(2026, 11, 24, 20, 5).getTime()
    expect(localValue(atMs)).equals('2026-12-24T20:05')
  })
})
