import { percentile } from '../player/percentile.ts'
import type { NetworkState } from '../player/condition.ts'
import type { Player } from '../player/player.ts'
import { type StageSplit, stagesOf, totalMs } from '../player/trace.ts'
import { h, setText } from '../ui/dom.ts'
import { bitrateText, msText } from '../ui/format.ts'
import { drawSparkline } from './sparkline.ts'

const overLast = 200
const everyMs = 500

const stageNames: Readonly<Record<StageSplit['stage'], string>> = {
  edge: 'to the edge',
  applied: 'applied',
  captured: 'captured',
  encoded: 'encoded',
  received: 'received',
  presented: 'presented',
}

const limitTexts: Readonly<Record<NetworkState['limitedBy'], string>> = {
  none: 'nothing',
  content: 'the picture',
  cap: 'your choice',
  network: 'the network',
  machine: 'coding speed',
}

const percentText = (percent: number | null): string => (percent === null ? '–' : `${percent.toFixed(1)} %`)

/** The open book of the stream: where the time of the last input went, and what the path looks like. */
export class Overlay {
  readonly element: HTMLElement
  readonly #player: Player
  readonly #figures = new Map<string, HTMLElement>()
  readonly #segments = new Map<StageSplit['stage'], { bar: HTMLElement; ms: HTMLElement }>()
  readonly #canvas = h('canvas', { class: 'spark', 'aria-hidden': 'true' })
  readonly #p50 = h('strong', { class: 'figure' }, '–')
  readonly #p95 = h('strong', { class: 'figure' }, '–')
  readonly #note = h('p', { class: 'overlay-note' })
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(player: Player) {
    this.#player = player
    const stages = Object.keys(stageNames) as StageSplit['stage'][]
    for (const stage of stages)
      this.#segments.set(stage, {
        bar: h('i', { 'data-stage': stage }),
        ms: h('dd', { class: 'figure' }, '–'),
      })
    const rows = [
      'Frames',
      'Bitrate',
      'Path carries',
      'Limited by',
      'Round trip',
      'Jitter',
      'Lost on the way',
      'Lost for good',
      'Asked again / FEC',
      'Buffer / asked for',
      'Sound after picture',
      'Frozen',
      'Dropped',
      'Capture → present',
      'Picture',
      'Codec',
      'Node',
    ]
    for (const row of rows) this.#figures.set(row, h('dd', { class: 'figure' }, '–'))
    this.element = h(
      'aside',
      { class: 'overlay', 'data-role': 'overlay', 'aria-label': 'Measurements', hidden: true },
      h(
        'div',
        { class: 'overlay-head' },
        h('span', {}, 'Input to picture'),
        h('span', {}, 'p50 ', this.#p50, '  p95 ', this.#p95, ' ms'),
      ),
      this.#canvas,
      h('div', { class: 'stage-bar' }, ...[...this.#segments.values()].map(({ bar }) => bar)),
      h(
        'dl',
        { class: 'stage-list' },
        ...[...this.#segments].map(([stage, { ms }]) =>
          h('div', { 'data-stage': stage }, h('dt', {}, stageNames[stage]), ms),
        ),
      ),
      this.#note,
      h(
        'dl',
        { class: 'figures' },
        ...[...this.#figures].flatMap(([name, value]) => [h('dt', {}, name), value]),
      ),
    )
  }

  get isOpen(): boolean {
    return !this.element.hidden
  }

  /** Costs nothing while it is closed. */
  toggle(open = !this.isOpen): void {
    this.element.hidden = !open
    clearInterval(this.#timer)
    if (!open) return
    this.#draw()
    this.#timer = setInterval(() => this.#draw(), everyMs)
  }

  #draw(): void {
    const samples = this.#player.trace.samples.slice(-overLast)
    const totals = samples.map(totalMs)
    setText(this.#p50, msText(percentile(totals, 0.5)))
    setText(this.#p95, msText(percentile(totals, 0.95)))
    drawSparkline(this.#canvas, totals, '#c8ff47')
    const last = samples.at(-1)
    setText(
      this.#note,
      last === undefined
        ? 'Press a key that changes the picture.'
        : `Last input: ${last.kind} ${last.inputId}, ${msText(totalMs(last))} ms`,
    )
    for (const { stage, ms } of last === undefined ? [] : stagesOf(last)) {
      const segment = this.#segments.get(stage)
      if (segment === undefined) continue
      setText(segment.ms, msText(ms))
      segment.bar.style.flexGrow = String(Math.max(0, ms ?? 0))
    }
    this.#drawFigures()
  }

  #drawFigures(): void {
    const { encoder, measures } = this.#player
    const { stats, network, playoutMs, avSkewMs } = measures
    const ways = this.#player.trace.frames
      .slice(-overLast)
      .map((frame) => frame.presentedAtMs - frame.capturedAtMs)
    const site = this.#player.session.facts.session?.siteName ?? null
    const rows: Readonly<Record<string, string>> = {
      Frames: stats === null ? '–' : `${stats.fps.toFixed(0)} fps`,
      Bitrate: stats === null ? '–' : bitrateText(stats.bitrateBps),
      'Path carries': network === null ? '–' : bitrateText(network.targetBps),
      'Limited by': network === null ? '–' : limitTexts[network.limitedBy],
      'Round trip': `${msText(stats?.rttMs ?? null)} ms`,
      Jitter: `${msText(stats?.jitterMs ?? null)} ms`,
      'Lost on the way': percentText(network === null ? null : 100 * network.lossRatio),
      'Lost for good': percentText(stats?.lossPercent ?? null),
      'Asked again / FEC': stats === null ? '–' : `${stats.askedAgain} / ${stats.fecPackets}`,
      'Buffer / asked for': `${msText(stats?.jitterBufferMs ?? null)} / ${playoutMs} ms`,
      'Sound after picture': `${msText(avSkewMs)} ms`,
      Frozen: stats === null ? '–' : `${msText(stats.frozenMs)} ms`,
      Dropped: stats === null ? '–' : String(stats.framesDropped),
      'Capture → present': `${msText(percentile(ways, 0.5))} / ${msText(percentile(ways, 0.95))} ms`,
      Picture: stats === null || stats.widthPx === 0 ? '–' : `${stats.widthPx} × ${stats.heightPx}`,
      Codec:
        stats === null ? '–' : [stats.codec ?? '?', stats.decoder].filter((part) => part !== null).join(', '),
      Node: [site, encoder].filter((part) => part !== null).join(', ') || '–',
    }
    for (const [name, text] of Object.entries(rows)) {
      const figure = this.#figures.get(name)
      if (figure !== undefined) setText(figure, text)
    }
  }
}
