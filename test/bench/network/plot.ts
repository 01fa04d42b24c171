import type { Watched } from './figures.ts'
import type { Scenario } from './scenarios.ts'

const width = 900
const panel = { left: 76, right: 16, height: 170, gap: 46, top: 40 }
const inner = width - panel.left - panel.right
const colours = {
  capacity: '#9aa5b8',
  bitrate: '#2563eb',
  delay: '#dc2626',
  frozen: '#fca5a5',
  text: '#334155',
}

type Point = readonly [x: number, y: number]

const round = (n: number): string => n.toFixed(1)
const polyline = (points: readonly Point[], colour: string, more = ''): string =>
  `<polyline fill="none" stroke="${colour}" stroke-width="1.6" ${more} points="${points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}"/>`

/** A whole number of a 1-2-5 series, so that an axis has about four steps. */
function stepOf(max: number): number {
  const rough = max / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power
}

function axes(topPx: number, max: number, unit: string, seconds: number): string {
  const lines: string[] = []
  const step = stepOf(max)
  for (let value = 0; value <= max + 1e-9; value += step) {
    const y = topPx + panel.height * (1 - value / max)
    lines.push(
      `<line x1="${panel.left}" x2="${width - panel.right}" y1="${round(y)}" y2="${round(y)}" stroke="#e2e8f0"/>`,
      `<text x="${panel.left - 8}" y="${round(y + 4)}" text-anchor="end">${value} ${value === 0 ? '' : unit}</text>`,
    )
  }
  for (let second = 0; second <= seconds; second += stepOf(seconds))
    lines.push(
      `<text x="${round(panel.left + (inner * second) / seconds)}" y="${topPx + panel.height + 18}" text-anchor="middle">${second} s</text>`,
    )
  return lines.join('\n')
}

const legend = (x: number, y: number, entries: readonly (readonly [string, string])[]): string =>
  entries
    .map(
      ([name, colour], i) =>
        `<rect x="${x + i * 210}" y="${y - 9}" width="14" height="4" fill="${colour}"/><text x="${x + 20 + i * 210}" y="${y - 3}">${name}</text>`,
    )
    .join('\n')

/** One run as a picture: bitrate under capacity, and below it how long each press took to show. */
export function plotSvg(watched: Watched, scenario: Scenario): string {
  const seconds = scenario.watchMs / 1000
  const x = (ms: number): number => panel.left + (inner * ms) / scenario.watchMs
  const slices = watched.down.filter(({ atMs }) => atMs >= 0 && atMs < scenario.watchMs)
  const mbps = (bytes: number): number => (bytes * 8) / 100_000
  const bitrate = slices.map((_, i) => {
    const near = slices.slice(Math.max(0, i - 2), i + 1)
    return mbps(near.reduce((sum, { deliveredBytes }) => sum + deliveredBytes, 0) / near.length)
  })
  const capacity = slices.map(({ capacityBytes }) => mbps(capacityBytes ?? 0))
  const maxMbps = Math.ceil(Math.max(1, ...bitrate, ...capacity) * 1.1)
  const seen = watched.presses.flatMap(({ atMs, seenAtMs }) =>
    seenAtMs === null ? [] : [[atMs, seenAtMs - atMs] as const],
  )
  const maxMs = Math.ceil((Math.max(100, ...seen.map(([, ms]) => ms)) * 1.1) / 50) * 50
  const [topA, topB] = [panel.top, panel.top + panel.height + panel.gap + 20]
  const height = topB + panel.height + 34
  const yA = (value: number): number => topA + panel.height * (1 - value / maxMbps)
  const yB = (value: number): number => topB + panel.height * (1 - value / maxMs)
  const line = (values: readonly number[]): Point[] =>
    values.map((value, i) => [x(slices[i]?.atMs ?? 0), yA(value)])
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${colours.text}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${legend(panel.left, topA - 14, [
  ['capacity of the link', colours.capacity],
  ['bitrate delivered', colours.bitrate],
])}
${axes(topA, maxMbps, 'Mbit/s', seconds)}
${polyline(line(capacity), colours.capacity, 'stroke-dasharray="5 3"')}
${polyline(line(bitrate), colours.bitrate)}
${legend(panel.left, topB - 14, [['click to photon', colours.delay]])}
${axes(topB, maxMs, 'ms', seconds)}
${seen.map(([atMs, ms]) => `<circle cx="${round(x(atMs))}" cy="${round(yB(ms))}" r="2.2" fill="${colours.delay}"/>`).join('')}
</svg>
`
}
