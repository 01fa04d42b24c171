import { type WireError, wireError } from '../../config/errors.ts'
import type { PartyChoice, PartyEntry, PartyView, Togetherness } from '../../config/protocol/party.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { createRequest } from '../play/request.ts'
import type { Probes } from '../player/probe/probes.ts'
import { coverImage } from '../ui/cover.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { loadSettings } from '../ui/settings.ts'
import { PartyConnection } from './connection.ts'
import { invitePanel } from './invite.ts'
import { memberRows, siteRows } from './lists.ts'
import { TogetherChoice } from './together.ts'
import { isLeader, startWords, statusText } from './words.ts'

export interface PartyPageActions {
  /** The party is over, or nobody can play its title any more. */
  gone(error: WireError): void
  /** To the player's own session. */
  play(address: string): void
  /** The player has left. */
  left(): void
}

/** What a session of this player would ask for. Null: a browser that can play none of our codecs. */
export async function entryFor(title: TitleCard, probes: Probes): Promise<PartyEntry | null> {
  const request = createRequest(title, loadSettings().quality, await probes.ready())
  if (request === null) return null
  const { probes: measured, codecs, stream } = request
  return { probes: measured, codecs, stream }
}

export const playAddress = ({ titleId, code }: PartyView, sessionId: string): string =>
  `/play/${titleId}?session=${sessionId}&party=${code}`

const offerWords = {
  wait: ['Wait for a site with seats for all', 'The game starts by itself as soon as there is one.'],
  waitForOne: ['Wait for a seat near to all', 'The game starts by itself as soon as there is one.'],
  split: ['Play apart', 'Each on the node that is best for them, or in line for it.'],
} as const

/** A party as its players see it. Elements stay the same while their words change, so that the keyboard's focus stays where it is. */
export class PartyPage {
  readonly element: HTMLElement
  readonly #title: TitleCard
  readonly #probes: Probes
  readonly #actions: PartyPageActions
  readonly #connection: PartyConnection
  readonly #status = h('p', { class: 'party-status', role: 'status' })
  readonly #error = h('p', { class: 'party-error', role: 'alert', hidden: true })
  readonly #trouble = h('div', { class: 'party-trouble', role: 'alert', hidden: true })
  readonly #members = h('ul', { class: 'members' })
  readonly #sites = h('ol', { class: 'sites' })
  readonly #together: TogetherChoice
  readonly #sitesPart: HTMLElement
  readonly #invite: HTMLElement
  readonly #buttons: Readonly<
    Record<'join' | 'ready' | 'start' | 'stop' | 'back' | 'leave', HTMLButtonElement>
  >
  #view: PartyView | null = null
  #shown = ''
  #shownTrouble = ''
  /** What the router was told last. */
  #entered = ''
  #busy = false

  constructor(title: TitleCard, code: string, probes: Probes, actions: PartyPageActions) {
    this.#title = title
    this.#probes = probes
    this.#actions = actions
    this.#connection = new PartyConnection(code, {
      onView: (view) => this.#show(view),
      onGone: (error) => actions.gone(error),
      onReached: (reached) => this.#showError(reached ? null : wireError('router-unreachable')),
    })
    this.#buttons = {
      join: this.#button('Join', true, () => this.#enter(false)),
      ready: this.#button('I am ready', true, () => this.#enter(!this.#isReady)),
      start: this.#button('Start', true, () => this.#choose({ kind: 'start' })),
      stop: this.#button('Stop waiting', false, () => this.#choose({ kind: 'gather' })),
      back: this.#button('Back to the game', true, () => this.#play()),
      leave: this.#button('Leave', false, () => this.#leave()),
    }
    this.#invite = invitePanel(`${location.origin}/party/${code}`, title.name)
    this.#together = new TogetherChoice((how) => void this.#run(() => this.#playAs(how)))
    this.#sitesPart = h(
      'section',
      { 'aria-labelledby': 'sites-title' },
      h('h2', { id: 'sites-title' }, 'Where you would play'),
      h('p', { class: 'part-note' }, 'On one site for all: the one from which nobody is far.'),
      this.#sites,
    )
    this.element = h(
      'div',
      { class: 'party', 'data-role': 'party-page', 'aria-busy': 'false' },
      h(
        'div',
        { class: 'party-head' },
        coverImage(title, 'party-cover', { width: title.display.widthPx, height: title.display.heightPx }),
        h(
          'div',
          { class: 'party-head-text' },
          h('p', { class: 'party-kind' }, 'Party'),
          h('h1', {}, title.name),
          this.#status,
          this.#trouble,
          this.#error,
          h('div', { class: 'party-actions' }, ...Object.values(this.#buttons)),
        ),
      ),
      h(
        'div',
        { class: 'party-parts' },
        this.#invite,
        h(
          'section',
          { 'aria-labelledby': 'members-title' },
          h('h2', { id: 'members-title' }, 'Players'),
          this.#members,
        ),
        this.#together.element,
        this.#sitesPart,
      ),
    )
  }

  /** Shows the party as it is, and follows it from there. */
  open(view: PartyView): void {
    this.#show(view)
    this.#probes.keepFresh(
      () => this.#view?.sessionId === null,
      () => void this.#measured(),
    )
    void this.#connection.follow()
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.#connection.follow()
    })
  }

  get #isReady(): boolean {
    const { members = [], you = null } = this.#view ?? {}
    return members.find(({ number }) => number === you)?.ready === true
  }

  #button(label: string, go: boolean, task: () => Promise<WireError | null>): HTMLButtonElement {
    return h(
      'button',
      {
        class: go ? 'button button-go' : 'button button-quiet',
        type: 'button',
        hidden: true,
        on: { click: () => void this.#run(task) },
      },
      label,
    )
  }

  /** One thing at a time; whatever goes wrong is said. */
  async #run(task: () => Promise<WireError | null>): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.element.setAttribute('aria-busy', 'true')
    this.#showError(await task())
    this.#busy = false
    this.element.setAttribute('aria-busy', 'false')
  }

  async #enter(ready: boolean): Promise<WireError | null> {
    const entry = await entryFor(this.#title, this.#probes)
    if (entry === null) return wireError('no-codec')
    const hadFocus = document.activeElement === this.#buttons.join
    this.#entered = JSON.stringify(entry)
    const error = await this.#connection.enter(entry, ready)
    if (hadFocus && error === null) this.#buttons.ready.focus()
    return error
  }

  /** There are newer measurements: the best site may be another one now. */
  async #measured(): Promise<void> {
    const entry = await entryFor(this.#title, this.#probes)
    const isIn = this.#view !== null && this.#view.you !== null && this.#view.sessionId === null
    // What the player does at this moment takes them along.
    if (!isIn || this.#busy || entry === null || JSON.stringify(entry) === this.#entered) return
    this.#entered = JSON.stringify(entry)
    await this.#connection.enter(entry, this.#isReady)
  }

  #choose(choice: PartyChoice): Promise<WireError | null> {
    return this.#connection.choose(choice)
  }

  async #playAs(how: Togetherness): Promise<WireError | null> {
    const error = await this.#choose({ kind: 'together', how })
    // What was clicked is not what the party plays.
    if (error !== null && this.#view !== null) this.#together.show(this.#view)
    return error
  }

  async #play(): Promise<null> {
    const view = this.#view
    if (view !== null && view.sessionId !== null) this.#actions.play(playAddress(view, view.sessionId))
    return null
  }

  async #leave(): Promise<WireError | null> {
    const error = await this.#connection.leave()
    if (error !== null) return error
    this.#connection.close()
    this.#actions.left()
    return null
  }

  #show(view: PartyView): void {
    const before = this.#view
    this.#view = view
    const hasBegun =
      before !== null && before.you !== null && before.sessionId === null && view.sessionId !== null
    const key = JSON.stringify(view)
    if (key === this.#shown) return
    this.#shown = key
    const { join, ready, start, stop, back, leave } = this.#buttons
    const joined = view.you !== null
    const leads = isLeader(view)
    const isIdle = joined && view.sessionId === null && view.state !== 'starting'
    setText(this.#status, statusText(view))
    document.title = `${this.#title.name} with friends – Nearcade`
    join.hidden = joined
    ready.hidden = !isIdle || leads
    setText(ready, this.#isReady ? 'Not ready after all' : 'I am ready')
    ready.setAttribute('aria-pressed', String(this.#isReady))
    ready.classList.toggle('button-go', !this.#isReady)
    start.hidden = !isIdle || !leads || view.state === 'waiting'
    const { label, enabled } = startWords(view)
    setText(start, label)
    start.disabled = !enabled
    stop.hidden = !leads || view.state !== 'waiting'
    back.hidden = view.sessionId === null
    leave.hidden = !joined
    this.#invite.hidden = !joined
    this.#together.show(view)
    this.#sitesPart.hidden = view.sites.length === 0
    replace(this.#members, ...memberRows(view))
    replace(this.#sites, ...siteRows(view))
    this.#showTrouble(view)
    if (hasBegun) void this.#play()
  }

  #showTrouble(view: PartyView): void {
    const { trouble, state } = view
    const isShown = trouble !== null && state !== 'starting' && view.you !== null
    const key = JSON.stringify([trouble, state, isLeader(view)])
    this.#trouble.hidden = !isShown
    if (!isShown || key === this.#shownTrouble) return
    this.#shownTrouble = key
    const offers = trouble.offers.filter((kind) => kind !== 'wait' || state !== 'waiting')
    replace(
      this.#trouble,
      h('p', {}, trouble.inWords),
      ...(isLeader(view) ? offers.map((kind) => this.#offer(kind, view.together)) : []),
      !isLeader(view) &&
        offers.includes('split') &&
        h(
          'a',
          { class: 'button', href: `/play/${view.titleId}?new=1` },
          icon('play'),
          'Play apart from them',
        ),
    )
  }

  #offer(kind: 'wait' | 'split', together: Togetherness): HTMLElement {
    const [label, note] = offerWords[kind === 'wait' && together === 'session' ? 'waitForOne' : kind]
    return h(
      'button',
      {
        class: 'button',
        type: 'button',
        'data-offer': kind,
        on: { click: () => void this.#run(() => this.#choose({ kind })) },
      },
      icon(kind === 'wait' ? 'retry' : 'play'),
      h('span', {}, h('strong', {}, label), h('small', {}, note)),
    )
  }

  #showError(error: WireError | null): void {
    this.#error.hidden = error === null
    if (error !== null) setText(this.#error, `${error.what} ${error.next}`)
  }
}
