import type { SessionChoice, SessionView } from '../../config/protocol/api.ts'
import type { WireError } from '../../config/errors.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import type { ProgressStep } from '../player/phase.ts'
import { need, replace } from '../ui/dom.ts'
import { LostPanel } from './lostPanel.ts'
import { type MessagePanel, messagePanel } from './panels.ts'
import { ProgressPanel } from './progressPanel.ts'
import { WaitingPanel } from './waitingPanel.ts'
import { tabTitle } from './waitingWords.ts'

export interface OverPictureActions {
  onRetryStep(step: ProgressStep): void
  onReconnect(): void
  onEnd(): void
  onChoose(choice: SessionChoice): Promise<WireError | null>
  onWhy(): void
  /** A seat is held for the player. */
  onHeld(): void
}

/** Which panel stands over the picture. Panels that live for a while are kept, so that they can be told and tick; at most one is. */
export class OverPicture {
  readonly #title: TitleCard
  readonly #actions: OverPictureActions
  readonly #root = need('[data-role=play]', HTMLElement)
  readonly #panel = need('[data-role=panel]', HTMLElement)
  #progress: ProgressPanel | null = null
  #waiting: WaitingPanel | null = null
  #lost: LostPanel | null = null
  /** Why the session is where it is, in words; null while unknown. */
  #inWords: string | null = null

  constructor(title: TitleCard, actions: OverPictureActions) {
    this.#title = title
    this.#actions = actions
    document.title = pageTitle(title)
  }

  /** @param name of the page's phase, for its styles */
  show(name: string, element: HTMLElement): void {
    this.#only(null)
    this.#put(name, element)
  }

  /** Nothing but the picture. */
  clear(): void {
    this.#only(null)
    this.#put('playing')
  }

  message(name: string, message: MessagePanel): void {
    this.show(name, messagePanel(this.#title, message))
    this.#panel.querySelector<HTMLElement>('.message-actions .button')?.focus()
  }

  /** Stands below the message that is shown. */
  below(element: HTMLElement): void {
    this.#panel.querySelector('.message-card')?.after(element)
  }

  progress(step: ProgressStep, session: SessionView | null): void {
    const nowMs = performance.now()
    if (this.#progress === null) {
      const panel = new ProgressPanel(this.#title, nowMs, (late) => this.#actions.onRetryStep(late))
      this.#only(panel)
      this.#put('progress', panel.element)
    }
    this.#progress?.show(step, session?.siteName ?? null, nowMs)
    if (session === null) return
    if (session.again !== null) this.#progress?.note(againText(session.again))
    this.#explain()
  }

  waiting(session: SessionView): void {
    if (this.#waiting === null) {
      const panel = new WaitingPanel(this.#title, {
        choose: (choice) => this.#actions.onChoose(choice),
        why: () => this.#actions.onWhy(),
        held: () => this.#actions.onHeld(),
      })
      this.#only(panel)
      this.#put('waiting', panel.element)
    }
    this.#waiting?.show(session, performance.now())
    if (session.wait !== null) document.title = tabTitle(session.wait, this.#title.name)
    this.#explain()
  }

  lost(graceEndsAtMs: number | null, graceMs: number, routerOpen: boolean): void {
    if (this.#lost === null) {
      const panel = new LostPanel(graceMs, performance.now(), {
        onRetry: () => this.#actions.onReconnect(),
        onEnd: () => this.#actions.onEnd(),
      })
      this.#only(panel)
      this.#put('reconnecting', panel.element)
    }
    this.#lost?.update(graceEndsAtMs, routerOpen)
  }

  /** Starts the present steps from their beginning. */
  restartProgress(): void {
    this.#progress = null
  }

  explain(inWords: string | null): void {
    this.#inWords = inWords
    this.#explain()
  }

  tick(): void {
    const nowMs = performance.now()
    this.#progress?.tick(nowMs)
    this.#waiting?.tick(nowMs)
    this.#lost?.tick(nowMs)
  }

  #explain(): void {
    if (this.#inWords === null) return
    this.#waiting?.explain()
    this.#progress?.explain(this.#inWords, () => this.#actions.onWhy())
  }

  #only(panel: ProgressPanel | WaitingPanel | LostPanel | null): void {
    if (this.#waiting !== null) document.title = pageTitle(this.#title)
    this.#progress = panel instanceof ProgressPanel ? panel : null
    this.#waiting = panel instanceof WaitingPanel ? panel : null
    this.#lost = panel instanceof LostPanel ? panel : null
  }

  #put(name: string, element: HTMLElement | null = null): void {
    this.#root.dataset['phase'] = name
    this.#panel.hidden = element === null
    replace(this.#panel, element)
  }
}

const pageTitle = ({ name }: TitleCard): string => `${name} – Nearcade`

/** A game that had to start anew, in words. */
export const againText = ({ saves }: NonNullable<SessionView['again']>): string =>
  saves === 'kept'
    ? 'Its node went away. The game starts anew, with your saves as they were shortly before.'
    : 'Its node went away, and what you saved since you began is there. The game starts anew on another one.'
