import { h } from '../ui/dom.ts'

/** The last picture of a stream: a video without its stream is black. */
export class Still {
  readonly element = h('canvas', { class: 'still', 'aria-hidden': 'true', hidden: true })
  readonly #stage: HTMLVideoElement

  constructor(stage: HTMLVideoElement) {
    this.#stage = stage
    stage.after(this.element)
  }

  /** Keeps what the stage shows now; nothing where it shows nothing. */
  keep(): void {
    const { videoWidth, videoHeight } = this.#stage
    if (videoWidth === 0 || videoHeight === 0) return
    this.element.width = videoWidth
    this.element.height = videoHeight
    this.element.getContext('2d')?.drawImage(this.#stage, 0, 0)
    this.element.hidden = false
  }

  drop(): void {
    this.element.hidden = true
  }
}
