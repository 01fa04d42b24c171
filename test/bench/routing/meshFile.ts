import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'

const host = z.object({ name: z.string(), lat: z.number(), lon: z.number() })
const matrix = z.array(z.array(z.nullable(z.number())))
const meshFile = z.object({
  unit: z.literal('ms'),
  sites: z.array(host),
  clients: z.array(host),
  siteToSite: z.object({ min: matrix }),
  clientToSite: z.object({ min: matrix, avg: z.optional(matrix), stddev: z.optional(matrix) }),
})
export type MeshFile = z.infer<typeof meshFile>
export type Host = z.infer<typeof host>

/** @throws when the file is not in the format of test/data/rtt-mesh/README.md */
export async function readMesh(file: string): Promise<MeshFile> {
  const data = meshFile.parse(JSON.parse(await readFile(file, 'utf8')))
  const fits = (rows: readonly (readonly unknown[])[] | undefined, height: number): boolean =>
    rows === undefined || (rows.length === height && rows.every((row) => row.length === data.sites.length))
  const { min, avg, stddev } = data.clientToSite
  const clients = data.clients.length
  if (
    !fits(data.siteToSite.min, data.sites.length) ||
    ![min, avg, stddev].every((rows) => fits(rows, clients))
  )
    throw new Error(`${file}: a matrix does not have a row for each host and a column for each site.`)
  return data
}

const quantiles = z.array(z.number().check(z.nonnegative()))

/** @param source `FILE#KEY`; the key's value is a list of quantiles of the distance in km, evenly spaced from 0 to 1 */
export async function readErrorModel(source: string): Promise<readonly number[]> {
  const [file = '', key = ''] = source.split('#')
  const data: unknown = JSON.parse(await readFile(file, 'utf8'))
  return z.record(z.string(), quantiles).parse(data)[key] ?? missing(source)
}

function missing(source: string): never {
  throw new Error(`${source}: there is no such list of quantiles.`)
}
