import { type GeoPermissibleObjects, geoGraticule10, geoNaturalEarth1, geoPath } from 'd3-geo'
import { feature, mesh } from 'topojson-client'
// Natural Earth 1:110m (public domain), as packed by world-atlas.
import countries from 'world-atlas/countries-110m.json' with { type: 'json' }

type Topology = Parameters<typeof mesh>[0]
const topology = countries as unknown as Topology
const outlines = topology.objects['countries'] as Parameters<typeof mesh>[1]

/** Of the whole map, in its own units. */
export const worldSize = { width: 960, height: 500 } as const

const projection = geoNaturalEarth1().fitSize([worldSize.width, worldSize.height], { type: 'Sphere' })
const path = geoPath(projection).digits(1)
const draw = (shape: GeoPermissibleObjects): string => path(shape) ?? ''

/** Path data of the map that never changes. */
export const basemap = (): { sphere: string; graticule: string; land: string; borders: string } => ({
  sphere: draw({ type: 'Sphere' }),
  graticule: draw(geoGraticule10()),
  land: draw(feature(topology, 'land')),
  borders: draw(mesh(topology, outlines, (a, b) => a !== b)),
})

export interface LatLon {
  readonly lat: number
  readonly lon: number
}

export const onMap = ({ lat, lon }: LatLon): readonly [x: number, y: number] =>
  projection([lon, lat]) ?? [0, 0]

/** Path data of the shortest way over the globe. */
export const greatCircle = (from: LatLon, to: LatLon): string =>
  draw({
    type: 'LineString',
    coordinates: [
      [from.lon, from.lat],
      [to.lon, to.lat],
    ],
  })
