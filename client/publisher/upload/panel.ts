import type { TitleVersion } from '../../../config/protocol/publishing.ts'
import { archiveName } from '../../../config/protocol/uploads.ts'
import { h, replace, setText } from '../../ui/dom.ts'
import { failureBox } from '../../ui/form.ts'
import { icon } from '../../ui/icons.ts'
import { fromDrop, fromInput, type Picked } from './picked.ts'
import { forgetUpload, interruptedUpload, rememberUpload } from './remembered.ts'
import { startUpload, type Upload, type UploadState } from './upload.ts'
import { type UploadApi } from './uploadApi.ts'
import { uploadWords } from './words.ts'

export interface UploadActions {
  /** A new version is there. */
  done(version: TitleVersion): void
  /** The address of its page. */
  addressOf(titleId: string): string
}

/** Where builds are dropped, and what becomes of the one that is on its way. */
export class UploadPanel {
  readonly element: HTMLElement
  readonly #orgId: string
  readonly #api: UploadApi
  readonly #actions: UploadActions
  readonly #openWorker: () => Worker
  readonly #body = h('div', { class: 'upload-body' })
  readonly #said = h('p', { class: 'visually-hidden', role: 'status' })
  #upload: Upload | null = null
  #progress: ProgressView | null = null

  constructor(orgId: string, api: UploadApi, openWorker: () => Worker, actions: UploadActions) {
    this.#orgId = orgId
    this.#api = api
    this.#openWorker = openWorker
    this.#actions = actions
    this.element = h(
      'section',
      { class: 'card-box upload', 'aria-labelledby': 'upload-title', 'data-role': 'upload' },
      h('h2', { id: 'upload-title' }, 'Bring a build'),
      this.#body,
      this.#said,
    )
    this.#dropOn(this.element)
    this.#offer()
  }

  get isBusy(): boolean {
    return this.#upload !== null
  }

  /** Stops what is on its way; it can go on later. */
  close(): void {
    this.#upload?.stop()
  }

  #offer(...before: readonly Node[]): void {
    this.element.dataset['state'] = 'idle'
    const folder = this.#chooser('Choose a folder', { webkitdirectory: true })
    const archive = this.#chooser('Choose an archive', { accept: '.zip,.tar,.tgz,.gz' })
    replace(
      this.#body,
      ...before,
      h(
        'div',
        { class: 'drop' },
        icon('plus'),
        h('p', {}, h('strong', {}, 'Drop a folder or an archive here')),
        h(
          'p',
          { class: 'hint' },
          'The folder that has ',
          h('code', { class: 'path' }, 'nearcade.title.json'),
          ' in it, or a .zip, .tar or .tar.gz of what is in that folder.',
        ),
        h('div', { class: 'form-actions' }, folder, archive),
      ),
    )
    void this.#showInterrupted()
  }

  #chooser(label: string, attributes: Record<string, unknown>): HTMLElement {
    const input = h('input', {
      type: 'file',
      hidden: true,
      ...attributes,
      on: {
        change: () => {
          const picked = input.files === null ? null : fromInput(input.files, { archive: archiveName })
          if (picked !== null) this.#start(picked)
        },
      },
    })
    return h(
      'span',
      {},
      h('button', { class: 'button', type: 'button', on: { click: () => input.click() } }, label),
      input,
    )
  }

  async #showInterrupted(): Promise<void> {
    const words = await interruptedUpload(this.#orgId, this.#api)
    if (words === null || this.#upload !== null) return
    this.#body.prepend(h('p', { class: 'told', 'data-role': 'interrupted' }, words))
  }

  #dropOn(zone: HTMLElement): void {
    const over = (isOver: boolean): void => {
      zone.classList.toggle('is-over', isOver)
    }
    zone.addEventListener('dragover', (event) => {
      if (this.#upload !== null || event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      over(true)
    })
    zone.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node && zone.contains(event.relatedTarget))) over(false)
    })
    zone.addEventListener('drop', (event) => {
      event.preventDefault()
      over(false)
      if (this.#upload === null && event.dataTransfer !== null) void this.#drop(event.dataTransfer.items)
    })
  }

  async #drop(items: DataTransferItemList): Promise<void> {
    try {
      const picked = await fromDrop(items, { archive: archiveName })
      if (picked !== null) this.#start(picked)
    } catch {
      this.#offer(
        failureBox({
          what: 'What you dropped cannot be read.',
          next: 'Look at its rights, then drop it again.',
        }),
      )
    }
  }

  #start(picked: Picked): void {
    if (this.#upload !== null) return
    if (typeof crypto.subtle === 'undefined') {
      this.#offer(
        failureBox({ what: 'Builds go over HTTPS alone.', next: 'Open this page by its https:// address.' }),
      )
      return
    }
    const name = picked.name === '' ? 'What you dropped' : picked.name
    const progress = new ProgressView(name, {
      pause: () => this.#upload?.pause(),
      resume: () => this.#upload?.resume(),
      stop: () => this.#upload?.stop(),
    })
    this.#progress = progress
    this.element.dataset['state'] = 'busy'
    const hadFocus = this.#body.contains(document.activeElement)
    replace(this.#body, progress.element)
    if (hadFocus) progress.focus()
    this.#upload = startUpload(
      picked,
      {
        api: this.#api,
        openWorker: this.#openWorker,
        now: () => performance.now(),
        random: Math.random,
        wait,
        begun: (uploadId) => rememberUpload({ orgId: this.#orgId, uploadId, name }),
      },
      (state) => this.#show(state),
    )
  }

  #show(state: UploadState): void {
    const { announce } = uploadWords(state)
    if (announce !== null) setText(this.#said, announce)
    if (state.kind === 'done') {
      this.#end()
      forgetUpload()
      const { manifest, version, titleId } = state.version
      this.#offer(
        h(
          'p',
          { class: 'done', 'data-role': 'arrived' },
          `${manifest.name} ${version} is here. `,
          h('a', { href: this.#actions.addressOf(titleId) }, 'See it'),
        ),
      )
      this.#actions.done(state.version)
    } else if (state.kind === 'failed') {
      this.#end()
      const box = failureBox(state.fault)
      this.#offer(box)
      box.focus()
    } else if (state.kind === 'stopped') {
      this.#end()
      this.#offer()
    } else this.#progress?.show(state)
  }

  #end(): void {
    this.#upload = null
    this.#progress = null
  }
}

interface ProgressActions {
  pause(): void
  resume(): void
  stop(): void
}

class ProgressView {
  readonly element: HTMLElement
  readonly #doing = h('p', { class: 'doing', id: 'upload-doing' })
  readonly #bar = h('progress', { max: 1, 'aria-labelledby': 'upload-doing' })
  readonly #figures = h('p', { class: 'figure hint', 'data-role': 'figures' })
  readonly #note = h('p', { class: 'hint' })
  readonly #pause: HTMLButtonElement
  #isPaused = false

  constructor(name: string, actions: ProgressActions) {
    this.#pause = h(
      'button',
      {
        class: 'button',
        type: 'button',
        hidden: true,
        on: { click: () => (this.#isPaused ? actions.resume() : actions.pause()) },
      },
      'Pause',
    )
    this.element = h(
      'div',
      { class: 'progress', 'data-role': 'progress' },
      h('p', {}, h('strong', {}, name)),
      this.#doing,
      this.#bar,
      this.#figures,
      this.#note,
      h(
        'div',
        { class: 'form-actions' },
        this.#pause,
        h(
          'button',
          { class: 'button button-quiet', type: 'button', on: { click: () => actions.stop() } },
          'Stop',
        ),
      ),
    )
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('button:not([hidden])')?.focus()
  }

  show(state: UploadState): void {
    const { doing, part, figures, note } = uploadWords(state)
    setText(this.#doing, doing)
    if (part === null) this.#bar.removeAttribute('value')
    else this.#bar.value = part
    setText(this.#figures, figures)
    setText(this.#note, note)
    this.#pause.hidden = state.kind !== 'sending'
    this.#isPaused = state.kind === 'sending' && state.isPaused
    setText(this.#pause, this.#isPaused ? 'Go on' : 'Pause')
  }
}

/** @throws the signal's reason */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop)
  })
}
