import { expect } from 'chai'
import {
  type ChannelAction,
  type ChannelMove,
  forgetVersion,
  moveChannels,
  noChannels,
  type TitleChannels,
  versionsOn,
} from '../../../server/publishing/channels.ts'

const stage = (version: string, newToken = `token of ${version}`): ChannelAction => ({
  kind: 'stage',
  version,
  newToken,
})
const publish = (version: string, percent: number | null = null, isPassed = true): ChannelAction => ({
  kind: 'publish',
  version,
  percent,
  isPassed,
  atMs: 7,
})
const rollBack: ChannelAction = { kind: 'roll-back' }
const takeBack = (version: string): ChannelAction => ({
  kind: 'take-back-canary',
  version,
  atMs: 9,
  why: 'it crashed',
})

/** What the actions lead to, one after the other; a refused one is its code. */
function after(...actions: readonly ChannelAction[]): TitleChannels | string {
  let channels = noChannels
  for (const action of actions) {
    const move: ChannelMove = moveChannels(channels, action)
    if (!move.ok) return move.code
    channels = move.channels
  }
  return channels
}

describe("a title's channels", () => {
  const cases: readonly [string, readonly ChannelAction[], Partial<TitleChannels> | string][] = [
    [
      'a staged version has a link, and the next one keeps it',
      [stage('1', 'a'), stage('2', 'b')],
      { staging: { version: '2', testToken: 'a' }, live: null },
    ],
    [
      'staging the same version again makes a new link',
      [stage('1', 'a'), stage('1', 'b')],
      { staging: { version: '1', testToken: 'b' } },
    ],
    ['what has not passed its check does not go live', [publish('1', null, false)], 'not-checked'],
    ['nor to a share of players', [publish('1'), publish('2', 10, false)], 'not-checked'],
    [
      'what is live is followed by what comes after',
      [publish('1'), publish('2')],
      { live: '2', before: ['1'] },
    ],
    [
      'publishing it again changes nothing',
      [publish('1'), publish('2'), publish('2')],
      { live: '2', before: ['1'] },
    ],
    ['a share of players needs something for the others', [publish('1', 10)], 'nothing-live'],
    [
      'a canary leaves the others what they have',
      [publish('1'), publish('2', 10)],
      { live: '1', canary: { version: '2', percent: 10, sinceMs: 7 } },
    ],
    ['a canary of what is live is none', [publish('1'), publish('1', 10)], 'bad-request'],
    [
      'a canary that goes live for all is over',
      [publish('1'), publish('2', 10), publish('2')],
      { live: '2', before: ['1'], canary: null },
    ],
    [
      'going back ends a canary first',
      [publish('1'), publish('2', 5), rollBack],
      { live: '1', canary: null },
    ],
    [
      'going back once leads to what was live before',
      [publish('1'), publish('2'), rollBack],
      { live: '1', before: [] },
    ],
    ['and where nothing was, nowhere', [publish('1'), rollBack], 'nothing-before'],
    [
      'a canary that is taken back is remembered with its reason',
      [publish('1'), publish('2', 5), takeBack('2')],
      { live: '1', canary: null, rolledBack: { version: '2', atMs: 9, why: 'it crashed' } },
    ],
    [
      'a verdict about a canary that is over changes nothing',
      [publish('1'), publish('2', 5), publish('3', 5), takeBack('2')],
      { canary: { version: '3', percent: 5, sinceMs: 7 }, rolledBack: null },
    ],
    [
      'a withdrawn title keeps its channels',
      [publish('1'), { kind: 'withdraw' }],
      { withdrawn: true, live: '1' },
    ],
    ['until it is restored', [publish('1'), { kind: 'withdraw' }, { kind: 'restore' }], { withdrawn: false }],
  ]
  for (const [promise, actions, expected] of cases)
    it(promise, () => {
      const found = after(...actions)
      if (typeof expected === 'string' || typeof found === 'string') expect(found).equals(expected)
      else expect(found).to.deep.include(expected)
    })

  it('knows which versions are needed: on a channel, or one step back', () => {
    const channels = after(publish('1'), publish('2'), publish('3'), publish('4', 10), stage('5'))
    if (typeof channels === 'string') throw new Error(channels)
    expect([...versionsOn(channels)].sort()).to.deep.equal(['2', '3', '4', '5'])
    expect(forgetVersion(channels, '1').before).to.deep.equal(['2'])
  })
})
