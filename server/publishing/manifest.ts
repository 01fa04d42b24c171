import { NearcadeError } from '../../config/errors.ts'
import { hostFaults } from '../../config/protocol/packageHost.ts'
import { packageManifest, type PackageTree } from '../../config/protocol/package.ts'
import { coverName, maxCoverBytes, type TitleManifest } from '../../config/protocol/title.ts'
import { faultLine, readManifest } from '../../config/protocol/titleFaults.ts'

/** @throws NearcadeError manifest-refused, naming the fields at fault */
export function manifestOf(text: string, tree: PackageTree): TitleManifest {
  const read = readManifest(text)
  if (!read.ok) throw refused(read.faults.slice(0, 8).map(faultLine))
  const { manifest } = read
  const faults = [
    ...hostFaults(manifest).map(({ field, what, next }) => `${field}: ${what}. ${next}`),
    ...treeFaults(manifest, tree),
  ]
  if (faults.length > 0) throw refused(faults)
  return manifest
}

const refused = (faults: readonly string[]): NearcadeError =>
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
    const page = runtime.page.replace(/[?#].*$/s, '')
    if (!isThere(page)) faults.push(`runtime.page: no file ${page} in the package`)
    return faults
  }
  const program = runtime.command[0]?.match(/^\{title\}\/(.+)$/s)?.[1]
  if (program === undefined) return faults
  if (!isThere(program)) faults.push(`runtime.command.0: no file ${program} in the package`)
  else if (byPath.get(program)?.executable === false)
    faults.push(`runtime.command.0: ${program} may not be executed; chmod +x it and push again`)
  return faults
}
