import { NearcadeError } from '../../config/errors.ts'
import { decodeText } from '../../config/protocol/decode.ts'
import { hostFaults } from '../../config/protocol/packageHost.ts'
import { packageManifest, type PackageTree } from '../../config/protocol/package.ts'
import { titleManifest, type TitleManifest } from '../../config/protocol/title.ts'

export const maxManifestBytes = 64 * 1024
export const maxCoverBytes = 2 * 1024 * 1024
/** What browsers show, and nothing that runs. */
const coverForm = /\.(?:png|jpe?g|webp|avif|gif)$/i

/** @throws NearcadeError manifest-refused, naming the fields at fault */
export function manifestOf(text: string, tree: PackageTree): TitleManifest {
  const decoded = decodeText(titleManifest, text)
  if (!decoded.ok) throw refused(decoded.error.details)
  const faults = [
    ...hostFaults(decoded.value).map(({ field, what, next }) => `${field}: ${what}. ${next}`),
    ...treeFaults(decoded.value, tree),
  ]
  if (faults.length > 0) throw refused(faults)
  return decoded.value
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
  else if (!coverForm.test(cover)) faults.push('cover: must be a .png, .jpg, .jpeg, .webp, .avif or .gif')
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
