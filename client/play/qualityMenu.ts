import type { TitleCard } from '../../config/protocol/title.ts'
import { bitrateCaps, frameRates, heights, type Quality } from '../player/quality.ts'
import { h } from '../ui/dom.ts'
import { bitrateText } from '../ui/format.ts'

interface Choice {
  readonly label: string
  readonly quality: Quality
  readonly chosen: boolean
}

/** Resolution, frame rate and bitrate cap as radio groups; each change applies at once. */
export function qualityMenu(
  title: TitleCard,
  current: () => Quality,
  onChange: (quality: Quality) => void,
): HTMLElement {
  const { heightPx, fps } = title.display
  const group = (name: string, legend: string, choices: (quality: Quality) => Choice[]): HTMLElement => {
    const inputs = choices(current()).map((choice, index) => {
      const input = h('input', {
        type: 'radio',
        name,
        checked: choice.chosen,
        on: {
          change: () => {
            const picked = choices(current())[index]
            if (picked !== undefined) onChange(picked.quality)
          },
        },
      })
      return h('label', { class: 'choice' }, input, h('span', {}, choice.label))
    })
    return h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'choices' }, ...inputs))
  }
  return h(
    'div',
    { class: 'menu', role: 'group', 'aria-label': 'Quality' },
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
        label: bitrateText(cap).replace('.0', ''),
        quality: { ...quality, maxBitrateBps: cap },
        chosen: quality.maxBitrateBps === cap,
      })),
    ),
    h('p', { class: 'menu-note' }, 'Lower values save data and help on slow networks.'),
  )
}
