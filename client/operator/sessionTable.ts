import type { OperatorSession, OperatorSessions } from '../../config/protocol/operator.ts'
import { h } from '../ui/dom.ts'
import { msText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'
import { plural, waitedText } from './words.ts'

const stateWords: Readonly<Record<string, string>> = {
  requested: 'looks for a seat',
  waiting: 'waits in line',
  held: 'has a seat held',
  placed: 'asks for a seat',
  reserved: 'has a seat',
  starting: 'starts',
  ready: 'is ready',
  playing: 'plays',
  suspended: 'is away',
}

/** Who plays or waits now, and for each why there. */
export class SessionTable {
  readonly element: HTMLElement
  readonly #table = new LiveTable(
    'Sessions now',
    [
      { name: 'Title' },
      { name: 'State' },
      { name: 'Site' },
      { name: 'Round trip', figures: true },
      { name: 'For', figures: true },
      { name: 'Why' },
    ],
    'Nobody plays or waits now.',
  )
  readonly #rest = h('p', { class: 'rest', hidden: true })
  readonly #onWhy: (sessionId: string) => void

  constructor(onWhy: (sessionId: string) => void) {
    this.#onWhy = onWhy
    this.element = this.#table.element
    this.element.append(this.#rest)
  }

  show({ atMs, sessions, leftOut }: OperatorSessions): void {
    // By the minute: a figure that changes with every look would build the table anew each time.
    const minutes = sessions.map(({ createdAtMs }) => Math.floor((atMs - createdAtMs) / 60_000))
    this.#table.show([sessions, minutes], () =>
      sessions.map((session) => ({
        key: session.sessionId,
        cells: [
          session.titleName,
          stateWords[session.state] ?? session.state,
          session.siteName ?? '–',
          session.rttMs === null ? '–' : `${msText(session.rttMs)} ms`,
          atMs - session.createdAtMs < 60_000 ? '< 1 min' : waitedText(atMs - session.createdAtMs),
          this.#why(session),
        ],
      })),
    )
    this.#rest.hidden = leftOut === 0
    this.#rest.textContent = `and ${plural(leftOut, 'older one', 'older ones')}`
  }

  #why({ sessionId, titleName, inWords }: OperatorSession): Node | string {
    if (inWords === null) return '–'
    return h(
      'button',
      {
        class: 'link',
        type: 'button',
        'aria-label': `Why is ${titleName} there? ${inWords}`,
        on: { click: () => this.#onWhy(sessionId) },
      },
      inWords,
    )
  }
}
