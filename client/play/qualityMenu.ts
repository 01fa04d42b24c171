import type { TitleCard } from '../../config/protocol/title.ts'
import { bitrateCaps, frameRates, heights, type Quality, streamFor } from '../player/quality.ts'
import { h, setText } from '../ui/dom.ts'
import { bitrateText, hourlyDataText } from '../ui/format.ts'

interface Choice {
  readonly label: string
  readonly note?: string
  readonly quality: Quality
  readonly chosen: boolean
}

/** A switch for data saving, then resolution, frame rate and bitrate cap as radio groups; each change applies at once. */
export function qualityMenu(
  title: TitleCard,
  current: () => Quality,
  onChange: (quality: Quality) => void,
): HTMLElement {
  const { heightPx, fps } = title.display
  const cost = h('p', { class: 'menu-note', role: 'status' })
  const choices = h('div', { class: 'menu-groups' })
  const change = (quality: Quality): void => {
    onChange(quality)
    update()
  }
  const update = (): void => {
    const { dataSaver } = current()
    const { heightPx: lines, fps: rate, maxBitrateBps } = streamFor(title.display, current())
    for (const group of choices.querySelectorAll('fieldset')) group.disabled = dataSaver
    setText(
      cost,
      `Now at most ${lines}p at ${rate} fps, ${capText(maxBitrateBps)}: up to ${hourlyDataText(maxBitrateBps)}. A calm picture takes far less.`,
    )
  }
  const saver = h('input', {
    type: 'checkbox',
    role: 'switch',
    checked: current().dataSaver,
    on: { change: () => change({ ...current(), dataSaver: saver.checked }) },
  })
  const group = (name: string, legend: string, choicesOf: (quality: Quality) => Choice[]): HTMLElement => {
    const inputs = choicesOf(current()).map((choice, index) => {
      const input = h('input', {
        type: 'radio',
        name,
        checked: choice.chosen,
        on: {
          change: () => {
            const picked = choicesOf(current())[index]
            if (picked !== undefined) change(picked.quality)
          },
        },
      })
      const note = choice.note === undefined ? null : h('small', {}, choice.note)
      return h('label', { class: 'choice' }, input, h('span', {}, choice.label, note))
    })
    return h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'choices' }, ...inputs))
  }
  choices.append(
    group('height', 'Resolution', (quality) =>
      heights
        .filter((height) => height === null || height < heightPx)
        .map((height) => ({
          label: height === null ? `${heightPx}p, as drawn` : `${height}p`,
          quality: { ...quality, heightPx: height },
          chosen: quality.heightPx === height || (height === null && (quality.heightPx ?? 0) >= heightPx),
        })),
    ),
    group('fps', 'Frame rate', (quality) =>
      frameRates
        .filter((rate) => rate <= fps || rate === 30)
        .map((rate) => ({
          label: `${Math.min(rate, fps)} fps`,
          quality: { ...quality, fps: rate },
          chosen: Math.min(quality.fps, fps) === Math.min(rate, fps),
        })),
    ),
    group('bitrate', 'At most', (quality) =>
      bitrateCaps.map((cap) => ({
        label: capText(cap),
        note: hourlyDataText(cap),
        quality: { ...quality, maxBitrateBps: cap },
        chosen: quality.maxBitrateBps === cap,
      })),
    ),
  )
  update()
  return h(
    'div',
    { class: 'menu', role: 'group', 'aria-label': 'Quality' },
    h(
      'label',
      { class: 'switch' },
      saver,
      h(
        'span',
        {},
        'Data saver',
        h('small', {}, 'Small picture at 30 fps, for mobile data and slow networks'),
      ),
    ),
    choices,
    cost,
  )
}

const capText = (bps: number): string => bitrateText(bps).replace('.0', '')
