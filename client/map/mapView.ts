import { h } from '../ui/dom.ts'
import { type IconName, icon } from '../ui/icons.ts'
import { s } from '../ui/svg.ts'
import { type Camera, fitted, moved, type Size, wholeMap, zoomed } from './camera.ts'
import { freeLabels } from './labels.ts'
import { basemap, worldSize } from './world.ts'

export interface MapOptions {
  /** What the map is of, and where the same is said in words. */
  readonly label: string
  /** What to fit to: `Show all sites`. */
  readonly fitLabel: string
  /** From the lowest to the highest. What is pinned in them keeps its size on the screen, and names do not lie on each other. */
  readonly layers: readonly SVGGElement[]
  /** What the colours mean: names of styles with a word for each. */
  readonly legend: readonly (readonly [style: string, word: string])[]
}

/** Of a label, px: what a character takes, about, and its height. */
const label = { characterPx: 6.4, heightPx: 15 } as const
/** Width of a map on which markers have their full size, px, and how small they get. */
const markerFullPx = 720
const markerLeast = 0.7
const step = 60
const zoomStep = 1.6

/** A marker keeps its size on the screen whatever the zoom: its group is scaled back by the map. */
export const pinned = (
  at: readonly [x: number, y: number],
  style: string,
  ...inside: readonly Node[]
): SVGGElement => s('g', { class: style, 'data-x': at[0], 'data-y': at[1] }, ...inside)

/** A world to look around in, by pointer and by keys. Everything on it is in a table beside it too. */
export class MapView {
  readonly element: HTMLElement
  readonly #svg: SVGSVGElement
  readonly #scene: SVGGElement
  readonly #layers: readonly SVGGElement[]
  readonly #size: Size = worldSize
  #camera: Camera = wholeMap
  #points: readonly (readonly [number, number])[] = []
  #touched = false

  constructor({ label: says, fitLabel, layers, legend }: MapOptions) {
    const { sphere, graticule, land, borders } = basemap()
    this.#layers = layers
    this.#scene = s(
      'g',
      {},
      s('path', { class: 'sea', d: sphere }),
      s('path', { class: 'graticule', d: graticule }),
      s('path', { class: 'land', d: land }),
      s('path', { class: 'borders', d: borders }),
      ...layers,
    )
    this.#svg = s(
      'svg',
      {
        class: 'world',
        viewBox: `0 0 ${worldSize.width} ${worldSize.height}`,
        tabindex: 0,
        role: 'img',
        'aria-label': `${says} Arrow keys move it, plus and minus zoom.`,
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
        mapButton('fit', fitLabel, () => this.#turn(this.#fit())),
      ),
      h(
        'ul',
        { class: 'legend', 'aria-hidden': 'true' },
        ...legend.map(([style, word]) => h('li', { class: style }, word)),
      ),
    )
    this.#listen()
    this.#look(wholeMap)
  }

  /** The layers have changed. @param points what all of it is; the first time the map is fitted to them */
  shown(points: readonly (readonly [number, number])[]): void {
    const first = this.#points.length === 0
    this.#points = points
    this.#look(first && !this.#touched ? this.#fit() : this.#camera)
  }

  /** Brings one point to the middle. */
  focus(point: readonly [number, number]): void {
    this.#turn(fitted([point], this.#size, Math.max(8, this.#camera.scale)))
  }

  #fit(): Camera {
    return fitted(this.#points, this.#size)
  }

  /** Somebody's own move: the map does not jump by itself any more. */
  #turn(camera: Camera): void {
    this.#touched = true
    this.#look(camera)
  }

  #look(camera: Camera): void {
    this.#camera = camera
    const { scale, x, y } = camera
    const unit = this.#markerUnit()
    this.#scene.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    const markers = this.#markers()
    for (const marker of markers)
      marker.setAttribute(
        'transform',
        `translate(${marker.dataset['x']} ${marker.dataset['y']}) scale(${unit / scale})`,
      )
    this.#label(markers, unit)
  }

  #markers(): readonly SVGElement[] {
    return this.#layers
      .flatMap((layer) => [...layer.children])
      .filter(
        (marker): marker is SVGElement => marker instanceof SVGElement && marker.dataset['x'] !== undefined,
      )
  }

  /** Names that would lie on others are hidden; the marked one's comes first, then they go in their order. */
  #label(markers: readonly SVGElement[], unit: number): void {
    const { scale, x, y } = this.#camera
    const named = markers.flatMap((marker) => {
      const text = marker.querySelector('text')
      if (text === null) return []
      const at = [Number(marker.dataset['x']), Number(marker.dataset['y'])] as const
      return [{ text, at, marked: marker.dataset['marked'] === 'true' }]
    })
    const ordered = named.toSorted((a, b) => Number(b.marked) - Number(a.marked))
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
