import type { OperatorMap } from '../../config/protocol/operator.ts'
import { h } from '../ui/dom.ts'
import { type IconName, icon } from '../ui/icons.ts'
import { s } from '../ui/svg.ts'
import { type Camera, fitted, moved, type Size, wholeMap, zoomed } from './camera.ts'
import { freeLabels } from './labels.ts'
import { type Placed, placedSites, placeMarker, serviceArc, siteMarker } from './markers.ts'
import { basemap, worldSize } from './world.ts'

/** The busiest ones; the list beside has them all. */
const mostLabels = 80
/** Of a label, px: what a character takes, about, and its height. */
const label = { characterPx: 6.4, heightPx: 15 } as const
/** Width of a map on which markers have their full size, px, and how small they get. */
const markerFullPx = 720
const markerLeast = 0.7
const step = 60
const zoomStep = 1.6

/** Sites, players and who is served from where, on the world. Everything on it is in the tables beside it too. */
export class WorldMap {
  readonly element: HTMLElement
  readonly #svg: SVGSVGElement
  readonly #scene: SVGGElement
  readonly #arcs = s('g', { class: 'arcs' })
  readonly #places = s('g', { class: 'places' })
  readonly #sites = s('g', { class: 'sites' })
  readonly #size: Size = worldSize
  #camera: Camera = wholeMap
  #placed: readonly Placed[] = []
  #shown = ''
  #marked: string | null = null
  #touched = false

  constructor() {
    const { sphere, graticule, land, borders } = basemap()
    this.#scene = s(
      'g',
      {},
      s('path', { class: 'sea', d: sphere }),
      s('path', { class: 'graticule', d: graticule }),
      s('path', { class: 'land', d: land }),
      s('path', { class: 'borders', d: borders }),
      this.#arcs,
      this.#places,
      this.#sites,
    )
    this.#svg = s(
      'svg',
      {
        class: 'world',
        viewBox: `0 0 ${worldSize.width} ${worldSize.height}`,
        tabindex: 0,
        role: 'img',
        'aria-label':
          'World map of sites and players. The tables beside it say the same. Arrow keys move it, plus and minus zoom.',
      },
      this.#scene,
    )
    this.element = h(
      'div',
      { class: 'map', 'data-role': 'map' },
      this.#svg,
      h(
        'div',
        { class: 'map-buttons' },
        mapButton('plus', 'Zoom in', () => this.#turn(zoomed(this.#camera, zoomStep, this.#size))),
        mapButton('minus', 'Zoom out', () => this.#turn(zoomed(this.#camera, 1 / zoomStep, this.#size))),
        mapButton('fit', 'Show all sites', () => this.#turn(this.#fit())),
      ),
      legend(),
    )
    this.#listen()
    this.#look(wholeMap)
  }

  show(map: OperatorMap): void {
    const key = JSON.stringify([map.sites, map.places, map.served])
    if (key === this.#shown) return
    this.#shown = key
    const first = this.#placed.length === 0
    this.#placed = placedSites(map)
    const sites = new Map(this.#placed.map(({ site }) => [site.siteId, site]))
    const places = new Map(map.places.map((place) => [place.placeId, place]))
    this.#arcs.replaceChildren(
      ...map.served.flatMap((link) => {
        const site = sites.get(link.siteId)
        const place = link.placeId === null ? undefined : places.get(link.placeId)
        return site === undefined || place === undefined ? [] : [serviceArc(link, place, site)]
      }),
    )
    this.#places.replaceChildren(...map.places.map(placeMarker))
    this.#sites.replaceChildren(
      ...this.#placed.map((placed, index) => siteMarker(placed, index < mostLabels)),
    )
    this.#look(first && !this.#touched ? this.#fit() : this.#camera)
  }

  /** Brings one site to the middle and marks it. */
  focus(siteId: string): void {
    const found = this.#placed.find(({ site }) => site.siteId === siteId)
    if (found === undefined) return
    this.#marked = siteId
    this.#turn(fitted([found.at], this.#size, Math.max(8, this.#camera.scale)))
  }

  #fit(): Camera {
    return fitted(
      this.#placed.map(({ at }) => at),
      this.#size,
    )
  }

  /** The operator's own move: the map does not jump by itself any more. */
  #turn(camera: Camera): void {
    this.#touched = true
    this.#look(camera)
  }

  #look(camera: Camera): void {
    this.#camera = camera
    const { scale, x, y } = camera
    const unit = this.#markerUnit()
    this.#scene.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    for (const layer of [this.#places, this.#sites])
      for (const marker of layer.children)
        if (marker instanceof SVGElement)
          marker.setAttribute(
            'transform',
            `translate(${marker.dataset['x']} ${marker.dataset['y']}) scale(${unit / scale})`,
          )
    this.#label(unit)
  }

  /** Names that would lie on others are hidden; the marked site's comes first, then those of the busiest. */
  #label(unit: number): void {
    const { scale, x, y } = this.#camera
    const markers = [...this.#sites.children].flatMap((marker, index) => {
      const text = marker.querySelector('text')
      const site = this.#placed[index]
      const marked = site?.site.siteId === this.#marked
      marker.classList.toggle('site-marked', marked)
      return text === null || site === undefined ? [] : [{ text, at: site.at, marked }]
    })
    const ordered = markers.toSorted((a, b) => Number(b.marked) - Number(a.marked))
    const free = freeLabels(
      ordered.map(({ text, at: [px, py] }) => {
        const gap = Number(text.dataset['gap'])
        const width = text.textContent.length * label.characterPx
        const at = (px * scale + x) / unit
        // Where the frame ends, the name stands on the other side.
        const left = at + gap + width > this.#size.width / unit
        text.setAttribute('x', String(left ? -gap : gap))
        text.setAttribute('text-anchor', left ? 'end' : 'start')
        const start = left ? at - gap - width : at + gap
        return { x: start, y: (py * scale + y) / unit, width, height: label.heightPx }
      }),
    )
    ordered.forEach(({ text }, index) => text.classList.toggle('covered', free[index] === false))
  }

  /** Units of the map that a pixel of the page takes. */
  #unit(): number {
    return this.#size.width / Math.max(1, this.#svg.clientWidth || this.#size.width)
  }

  /** The same for markers, which are smaller on a small map. */
  #markerUnit(): number {
    const share = this.#svg.clientWidth / markerFullPx
    return this.#unit() * Math.min(1, Math.max(markerLeast, share))
  }

  #listen(): void {
    const svg = this.#svg
    new ResizeObserver(() => this.#look(this.#camera)).observe(svg)
    svg.addEventListener('keydown', (event) => {
      const camera = this.#keyed(event.key)
      if (camera === null || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      this.#turn(camera)
    })
    svg.addEventListener(
      'wheel',
      (event) => {
        // A wheel alone scrolls the page; with Ctrl, as a pinch on a touchpad says it, it zooms.
        if (!event.ctrlKey) return
        event.preventDefault()
        this.#turn(zoomed(this.#camera, Math.exp(-event.deltaY / 200), this.#size, this.#pointAt(event)))
      },
      { passive: false },
    )
    svg.addEventListener('dblclick', (event) =>
      this.#turn(zoomed(this.#camera, zoomStep, this.#size, this.#pointAt(event))),
    )
    svg.addEventListener('pointerdown', (event) => {
      if (event.button === 0) svg.setPointerCapture(event.pointerId)
    })
    svg.addEventListener('pointermove', (event) => {
      if (!svg.hasPointerCapture(event.pointerId)) return
      const unit = this.#unit()
      this.#turn(moved(this.#camera, event.movementX * unit, event.movementY * unit, this.#size))
    })
  }

  #keyed(key: string): Camera | null {
    switch (key) {
      case 'ArrowLeft':
        return moved(this.#camera, step, 0, this.#size)
      case 'ArrowRight':
        return moved(this.#camera, -step, 0, this.#size)
      case 'ArrowUp':
        return moved(this.#camera, 0, step, this.#size)
      case 'ArrowDown':
        return moved(this.#camera, 0, -step, this.#size)
      case '+':
      case '=':
        return zoomed(this.#camera, zoomStep, this.#size)
      case '-':
        return zoomed(this.#camera, 1 / zoomStep, this.#size)
      case '0':
        return wholeMap
      default:
        return null
    }
  }

  #pointAt(event: MouseEvent): readonly [number, number] {
    const box = this.#svg.getBoundingClientRect()
    const unit = this.#unit()
    return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit]
  }
}

const mapButton = (name: IconName, label: string, onClick: () => void): HTMLElement =>
  h(
    'button',
    {
      class: 'button button-icon',
      type: 'button',
      'aria-label': label,
      title: label,
      on: { click: onClick },
    },
    icon(name),
  )

const legend = (): HTMLElement =>
  h(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    h('li', { class: 'legend-site' }, 'site, ring: seats in use'),
    h('li', { class: 'legend-place' }, 'players'),
    h('li', { class: 'legend-near' }, 'up to 35 ms'),
    h('li', { class: 'legend-middling' }, 'up to 80 ms'),
    h('li', { class: 'legend-far' }, 'farther'),
  )
