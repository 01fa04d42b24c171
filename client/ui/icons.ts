/** Paths on a 24 px grid, drawn with a 1.75 px line. */
const paths = {
  play: ['M7 4.5v15l12-7.5z'],
  back: ['M15 5l-7 7 7 7'],
  sound: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.5a8 8 0 0 1 0 11'],
  muted: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M16 9.5l5 5', 'M21 9.5l-5 5'],
  fullscreen: ['M4 9V4h5', 'M15 4h5v5', 'M20 15v5h-5', 'M9 20H4v-5'],
  window: ['M9 4v5H4', 'M20 9h-5V4', 'M15 20v-5h5', 'M4 15h5v5'],
  quality: ['M4 7h9', 'M17 7h3', 'M4 17h3', 'M11 17h9', 'M15 4.8v4.4', 'M9 14.8v4.4'],
  stats: ['M4 19V5', 'M4 19h16', 'M8 15l3.5-4.5 3 2.5L20 7'],
  paste: ['M9 5H6.5v15h11V5H15', 'M9 3.5h6v3.5H9z', 'M9.5 12h5', 'M9.5 15.5h5'],
  end: ['M12 4v8', 'M7.3 7a7 7 0 1 0 9.4 0'],
  pointer: ['M6 4l12 7-5.3 1.6L10 18z'],
  info: ['M12 11v6', 'M12 7.2v.1', 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  search: ['M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z', 'M15.5 15.5L20 20'],
  share: ['M12 15V4', 'M8 7.5L12 4l4 3.5', 'M7 11H5v9h14v-9h-2'],
  retry: ['M19 5v5h-5', 'M18.5 10a7 7 0 1 0 .5 4'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  alert: ['M12 4l9 16H3z', 'M12 10v4.5', 'M12 17.3v.1'],
  friends: [
    'M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5z',
    'M3 19c.4-3.2 2.8-5 6-5s5.6 1.8 6 5',
    'M15.5 5.3a3.2 3.2 0 0 1 0 5.9',
    'M17.5 14.3c2 .7 3.2 2.3 3.5 4.7',
  ],
  star: ['M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z'],
  plus: ['M12 5v14', 'M5 12h14'],
  minus: ['M5 12h14'],
  fit: ['M4 9V4h5', 'M15 4h5v5', 'M20 15v5h-5', 'M9 20H4v-5', 'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z'],
  pad: [
    'M7 8h10a5 5 0 0 1 0 9c-2 0-2.5-2-5-2s-3 2-5 2a4.5 4.5 0 0 1 0-9z',
    'M8 10.5v3',
    'M6.5 12h3',
    'M16 12h.1',
  ],
} as const
export type IconName = keyof typeof paths

const svg = 'http://www.w3.org/2000/svg'

/** Presentation attributes only: the page's policy forbids inline styles. */
export function icon(name: IconName): SVGSVGElement {
  const element = document.createElementNS(svg, 'svg')
  element.setAttribute('viewBox', '0 0 24 24')
  element.setAttribute('class', `icon icon-${name}`)
  element.setAttribute('aria-hidden', 'true')
  for (const d of paths[name]) {
    const path = document.createElementNS(svg, 'path')
    path.setAttribute('d', d)
    element.append(path)
  }
  return element
}
