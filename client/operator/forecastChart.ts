import type { DemandRow } from '../../config/protocol/operator.ts'
import { s } from '../ui/svg.ts'
import { hourText } from './words.ts'

const size = { width: 340, height: 74, foot: 13 } as const
const hourMs = 3_600_000

/** A day back and the hours ahead: what was wanted, what is expected with its band, and the seats there are. The row says it in words. */
export function forecastChart({ past, coming, seats }: DemandRow): SVGSVGElement {
  const hours = [...past, ...coming].map(({ atMs }) => atMs)
  const firstMs = Math.min(...hours)
  const spanMs = Math.max(hourMs, Math.max(...hours) - firstMs)
  const top =
    Math.max(1, seats, ...past.map(({ wanted }) => wanted), ...coming.map(({ high }) => high)) * 1.12
  const x = (atMs: number): number => 2 + ((atMs - firstMs) / spanMs) * (size.width - 4)
  const y = (count: number): number => (1 - count / top) * (size.height - size.foot - 4) + 3
  const line = (points: readonly (readonly [number, number])[]): string =>
    points
      .map(([atMs, count], index) => `${index === 0 ? 'M' : 'L'}${x(atMs).toFixed(1)} ${y(count).toFixed(1)}`)
      .join('')
  const last = past.at(-1)
  const joined = last === undefined ? [] : [[last.atMs, last.wanted] as const]
  const band = [
    ...coming.map(({ atMs, high }) => [atMs, high] as const),
    ...coming.toReversed().map(({ atMs, low }) => [atMs, low] as const),
  ]
  const chart = s('svg', {
    class: 'chart',
    viewBox: `0 0 ${size.width} ${size.height}`,
    'aria-hidden': 'true',
  })
  const [now] = coming
  if (now !== undefined)
    chart.append(
      s('line', { class: 'chart-now', x1: x(now.atMs), x2: x(now.atMs), y1: 0, y2: size.height - size.foot }),
      s('text', { x: x(now.atMs), y: size.height - 2, 'text-anchor': 'middle' }, 'now'),
      s(
        'text',
        { x: size.width - 2, y: size.height - 2, 'text-anchor': 'end' },
        hourText(coming.at(-1)?.atMs ?? now.atMs),
      ),
    )
  if (band.length > 2) chart.append(s('path', { class: 'chart-band', d: `${line(band)}Z` }))
  chart.append(
    s('line', { class: 'chart-seats', x1: 0, x2: size.width, y1: y(seats), y2: y(seats) }),
    s('path', { class: 'chart-past', d: line(past.map(({ atMs, wanted }) => [atMs, wanted])) }),
    s('path', {
      class: 'chart-coming',
      d: line([...joined, ...coming.map(({ atMs, expected }) => [atMs, expected] as const)]),
    }),
  )
  return chart
}
