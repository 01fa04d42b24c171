import { NearcadeError } from '../../config/errors.ts'
import { hostFaults } from '../../config/protocol/packageHost.ts'
import { packageManifest, type PackageTree } from '../../config/protocol/package.ts'
import { coverName, maxCoverBytes, type TitleManifest } from '../../config/protocol/title.ts'
import { faultLine, readManifest } from '../../config/protocol/titleFaults.ts'
import { mediaNamedBy } from '../media/brought.ts'

/** @throws NearcadeError manifest-refused, naming the fields at fault */
export function manifestOf(text: string): TitleManifest {
  const read = readManifest(text)
  if (!read.ok) throw refused(read.faults.slice(0, 8).map(faultLine))
  return read.manifest
}

/** @param tree what the package has of `pathsIn` @throws NearcadeError manifest-refused, naming the fields at fault */
export function demandSound(manifest: TitleManifest, tree: PackageTree): void {
  const faults = [
    ...hostFaults(manifest).map(({ field, what, next }) => `${field}: ${what}. ${next}`),
    ...treeFaults(manifest, tree),
  ]
  if (faults.length > 0) throw refused(faults)
}

/** What it names of its package. */
export const pathsIn = (manifest: TitleManifest): readonly string[] => [
  ...mediaNamedBy(manifest).map(({ path }) => path),
  ...pathsOfRuntime(manifest),
]
const pathsOfRuntime = ({ runtime }: TitleManifest): readonly string[] => [
  ...(runtime.kind === 'html5'
    ? [pageOf(runtime.page)]
    : [programIn(runtime.command)].filter((path) => path !== null)),
]
const pageOf = (page: string): string => page.replace(/[?#].*$/s, '')
/** Null: it is a program of the node. */
const programIn = ([program]: readonly string[]): string | null =>
  program?.match(/^\{title\}\/(.+)$/s)?.[1] ?? null

export const refused = (faults: readonly string[]): NearcadeError =>
  new NearcadeError(
    'manifest-refused',
    faults.map((fault) => `${packageManifest}: ${fault}`),
  )

/** What the manifest names and the package lacks. */
function treeFaults({ cover, runtime }: TitleManifest, { files, links }: PackageTree): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const linked = new Set(links.map(({ path }) => path))
  const isThere = (path: string): boolean => byPath.has(path) || linked.has(path)
  const faults: string[] = []
  const picture = byPath.get(cover)
  if (picture === undefined) faults.push(`cover: no file ${cover} in the package`)
  else if (!coverName.test(cover)) faults.push('cover: must be a .png, .jpg, .jpeg, .webp, .avif or .gif')
  else if (picture.size > maxCoverBytes)
    faults.push(`cover: ${cover} has ${picture.size} bytes, which are more than ${maxCoverBytes}`)
  if (runtime.kind === 'html5') {
    const page = pageOf(runtime.page)
    if (!isThere(page)) faults.push(`runtime.page: no file ${page} in the package`)
    return faults
  }
  const program = programIn(runtime.command)
  if (program === null) return faults
  if (!isThere(program)) faults.push(`runtime.command.0: no file ${program} in the package`)
  else if (byPath.get(program)?.executable === false)
    faults.push(`runtime.command.0: ${program} may not be executed; chmod +x it and push again`)
  return faults
}
