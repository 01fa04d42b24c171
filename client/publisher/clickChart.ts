import type { QualityFigures } from '../../config/protocol/titleQuality.ts'
import { s } from '../ui/svg.ts'
import { clickText } from './qualityWords.ts'
import { everyDay } from './statsWords.ts'

type Day = Pick<QualityFigures, 'clickP50Ms' | 'clickP95Ms'> & { readonly day: string }

const size = { width: 720, height: 150 } as const

export interface ClickChart {
  readonly element: SVGSVGElement
  /** What its upper edge stands for, ms. */
  readonly topMs: number
}

/** Click-to-photon by day: the median as a line, what one in twenty were slower than as a thinner one. Days without figures are gaps. */
export function clickChart(from: string, to: string, days: readonly Day[], of: string): ClickChart {
  const all = everyDay(from, to)
  const byDay = new Map(days.map((day) => [day.day, day]))
  const highest = Math.max(0, ...days.map(({ clickP50Ms, clickP95Ms }) => clickP95Ms ?? clickP50Ms ?? 0))
  const topMs = Math.max(50, Math.ceil((highest * 1.1) / 50) * 50)
  const step = size.width / all.length
  const x = (index: number): string => ((index + 0.5) * step).toFixed(1)
  const y = (ms: number): string => ((1 - ms / topMs) * (size.height - 6) + 4).toFixed(1)

  function line(figure: 'clickP50Ms' | 'clickP95Ms'): string {
    let isDrawing = false
    return all
      .map((day, index) => {
        const ms = byDay.get(day)?.[figure] ?? null
        const verb = isDrawing ? 'L' : 'M'
        isDrawing = ms !== null
        // The stroke's round end makes a day between two gaps a point.
        return ms === null ? '' : `${verb}${x(index)} ${y(ms)}h0.01`
      })
      .join('')
  }

  const measured = days.filter(({ clickP50Ms }) => clickP50Ms !== null)
  const last = measured.at(-1)
  const element = s(
    'svg',
    {
      class: 'day-chart',
      viewBox: `0 0 ${size.width} ${size.height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label':
        last === undefined
          ? `No click-to-photon was measured from ${from} to ${to}.`
          : `Click-to-photon ${of} by day from ${from} to ${to}, on ${last.day} ${clickText(last.clickP50Ms)} in the median. The table below has every day.`,
    },
    s('line', { class: 'day-ground', x1: 0, x2: size.width, y1: size.height - 1, y2: size.height - 1 }),
    s('path', { class: 'click-p95', d: line('clickP95Ms') }),
    s('path', { class: 'click-p50', d: line('clickP50Ms') }),
  )
  return { element, topMs }
}
