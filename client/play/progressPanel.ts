import type { TitleCard } from '../../config/protocol/title.ts'
import { overdueText, type ProgressStep, progressSteps, stepBoundMs, stepNames } from '../player/phase.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { elapsedText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'
import { type Action, actionButton, backdrop, toLibrary } from './panels.ts'

/** Steps as they go, the time of each, and words and a way out once one is over its bound. */
export class ProgressPanel {
  readonly element: HTMLElement
  readonly #rows = new Map<ProgressStep, { row: HTMLElement; time: HTMLElement }>()
  readonly #site = h('p', { class: 'progress-site' })
  readonly #note = h('p', { class: 'progress-note', role: 'status', hidden: true })
  readonly #words = h('p')
  readonly #why = h('div', { class: 'progress-why', hidden: true }, this.#words)
  readonly #total = h('span', { class: 'figure progress-total' })
  readonly #overdue = h('div', { class: 'progress-overdue', role: 'alert', hidden: true })
  readonly #now = h('p', { class: 'visually-hidden', role: 'status' })
  readonly #startedAtMs: number
  #step: ProgressStep | null = null
  #stepAtMs = 0
  #overdueStep: ProgressStep | null = null
  readonly #onRetry: (step: ProgressStep) => void

  constructor(title: TitleCard | null, nowMs: number, onRetry: (step: ProgressStep) => void) {
    this.#startedAtMs = nowMs
    this.#onRetry = onRetry
    const steps = progressSteps.map((step) => {
      const time = h('span', { class: 'figure step-time' })
      const row = h(
        'li',
        { 'data-step': step, 'data-state': 'ahead' },
        h('span', { class: 'step-mark' }, icon('check')),
        h('span', {}, stepNames[step]),
        time,
      )
      this.#rows.set(step, { row, time })
      return row
    })
    this.element = h(
      'div',
      { class: 'message' },
      backdrop(title),
      h(
        'div',
        // Its own status line speaks; the ticking figures must not.
        { class: 'message-card progress', 'data-role': 'progress', 'aria-live': 'off' },
        h('div', { class: 'progress-head' }, h('h1', {}, title?.name ?? 'Starting'), this.#total),
        this.#site,
        this.#note,
        this.#why,
        h('ol', { class: 'steps' }, ...steps),
        this.#now,
        this.#overdue,
      ),
    )
  }

  show(step: ProgressStep, siteName: string | null, nowMs: number): void {
    if (step !== this.#step) {
      const before = this.#step
      if (before !== null) this.#finish(before, nowMs)
      this.#step = step
      this.#stepAtMs = nowMs
      this.#overdueStep = null
      this.#overdue.hidden = true
      setText(this.#now, stepNames[step])
      const reached = progressSteps.indexOf(step)
      progressSteps.forEach((each, index) => {
        const row = this.#rows.get(each)?.row
        if (row !== undefined)
          row.dataset['state'] = index < reached ? 'done' : index === reached ? 'now' : 'ahead'
      })
    }
    setText(this.#site, siteName === null ? ' ' : `on ${siteName}`)
    this.tick(nowMs)
  }

  /** Why it is not an ordinary start. */
  note(text: string): void {
    setText(this.#note, text)
    this.#note.hidden = false
  }

  /** Why this node, and the way to all that was weighed. */
  explain(inWords: string, onDetails: () => void): void {
    setText(this.#words, inWords)
    if (!this.#why.hidden) return
    this.#why.append(actionButton({ label: 'All candidates', icon: 'info', to: onDetails }))
    this.#why.hidden = false
  }

  tick(nowMs: number): void {
    setText(this.#total, elapsedText(nowMs - this.#startedAtMs))
    const step = this.#step
    if (step === null) return
    const tookMs = nowMs - this.#stepAtMs
    if (tookMs > 900) setText(this.#rows.get(step)?.time ?? this.#total, secondsText(tookMs))
    if (tookMs > stepBoundMs[step] && this.#overdueStep !== step) this.#showOverdue(step)
  }

  #finish(step: ProgressStep, nowMs: number): void {
    const time = this.#rows.get(step)?.time
    if (time !== undefined) setText(time, secondsText(nowMs - this.#stepAtMs))
  }

  #showOverdue(step: ProgressStep): void {
    this.#overdueStep = step
    const retry: Action = { label: 'Try again', icon: 'retry', kind: 'go', to: () => this.#onRetry(step) }
    const { what, next } = overdueText[step]
    replace(
      this.#overdue,
      h('p', {}, h('strong', {}, what), ' ', next),
      h('div', { class: 'message-actions' }, actionButton(retry), actionButton(toLibrary)),
    )
    this.#overdue.hidden = false
  }
}

const secondsText = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
