import type { TitleStats } from '../../config/protocol/publishing.ts'
import { s } from '../ui/svg.ts'
import { everyDay, sumBy } from './statsWords.ts'

const size = { width: 720, height: 150 } as const

/** Plays of each day as bars, the most players at once as a line over them. The figures above and the CSV say it in numbers. */
export function dayChart({ from, to, rows, days, total }: TitleStats): SVGSVGElement {
  const plays = new Map(sumBy(rows, ({ day }) => day).map(([day, sum]) => [day, sum.plays]))
  const most = new Map(days.map(({ day, mostAtOnce }) => [day, mostAtOnce]))
  const all = everyDay(from, to)
  const top = Math.max(1, ...plays.values(), ...most.values()) * 1.1
  const step = size.width / Math.max(1, all.length)
  const y = (count: number): number => (1 - count / top) * (size.height - 5) + 4
  const chart = s('svg', {
    class: 'day-chart',
    viewBox: `0 0 ${size.width} ${size.height}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `Plays a day from ${from} to ${to}: ${total.plays} in all, at most ${total.mostAtOnce} players at once.`,
  })
  const foot = size.height - 1
  for (const [index, day] of all.entries()) {
    const count = plays.get(day) ?? 0
    if (count > 0)
      chart.append(
        s(
          'rect',
          {
            class: 'day-bar',
            x: index * step + step * 0.15,
            width: step * 0.7,
            y: y(count),
            height: foot - y(count),
          },
          s('title', {}, `${day}: ${count}`),
        ),
      )
  }
  const line = all
    .map(
      (day, index) =>
        `${index === 0 ? 'M' : 'L'}${((index + 0.5) * step).toFixed(1)} ${y(most.get(day) ?? 0).toFixed(1)}`,
    )
    .join('')
  chart.append(
    s('line', { class: 'day-ground', x1: 0, x2: size.width, y1: foot, y2: foot }),
    s('path', { class: 'day-most', d: line }),
  )
  return chart
}
