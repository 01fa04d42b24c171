import {
  maxFileChunks,
  maxPackageEntries,
  packageChunkBytes,
  packageManifest,
  packagePathFault,
  type PackageTree,
  treeFault,
} from '../../../config/protocol/package.ts'
import type { Build } from '../upload/listBuild.ts'
import type { Finding } from './finding.ts'

/** Pure: what stands against a folder as a package, whatever its manifest says. */
export function checkTree(build: Build): readonly Finding[] {
  const error = (code: Finding['code'], file: string, what: string, next: string): Finding => ({
    severity: 'error',
    code,
    file,
    what,
    next,
  })
  if (build.isTooMany)
    return [
      error(
        'too-many-files',
        '',
        `there are more than ${maxPackageEntries} files and links`,
        'Put them into archives that the game reads, or name what players do not need in .nearcadeignore.',
      ),
    ]
  const findings: Finding[] = [
    ...build.unreadable.map(({ path, why }) =>
      error(
        'unreadable',
        path,
        `cannot be read (${why})`,
        'Look at its rights, or name it in .nearcadeignore.',
      ),
    ),
    ...build.others.map((path) =>
      error(
        'not-a-file',
        path,
        'is neither a file, a folder nor a link',
        'Delete it, or name it in .nearcadeignore: devices, pipes and sockets cannot travel.',
      ),
    ),
  ]
  const isPlain = ({ path }: { readonly path: string }): boolean => {
    const fault = packagePathFault(path)
    if (fault === null) return true
    findings.push(error('bad-path', path, fault, 'Rename it.'))
    return false
  }
  const files = build.files.filter(isPlain)
  const links = build.links.filter(isPlain)
  findings.push(
    ...caseClashes(
      [...files, ...links].map(({ path }) => path),
      error,
    ),
  )
  const clashing = new Set(findings.filter(({ code }) => code === 'case-clash').map(({ file }) => file))
  for (const { path, size } of files)
    if (size > maxFileChunks * packageChunkBytes)
      findings.push(
        error(
          'file-too-large',
          path,
          `has ${size} bytes, more than ${maxFileChunks * packageChunkBytes}`,
          'Split it.',
        ),
      )
  const tree = withManifest({
    files: files.map(({ path, size, executable }) => ({
      path,
      size,
      executable,
      chunks: Array.from({ length: Math.ceil(size / packageChunkBytes) }, () => ''),
    })),
    links,
  })
  findings.push(...linkFindings(tree, error))
  const rest = findings.length === 0 ? treeFault(tree, { maxBytes: Number.MAX_SAFE_INTEGER }) : null
  if (rest !== null)
    findings.push(error('tree-refused', '', rest, 'Correct it: the router would refuse the build.'))
  return findings.filter(({ code, file }) => code === 'case-clash' || !clashing.has(file))
}

type MakeError = (code: Finding['code'], file: string, what: string, next: string) => Finding

/** Of folders too: two of them that are one elsewhere would mix their files. */
function caseClashes(paths: readonly string[], error: MakeError): readonly Finding[] {
  const names = new Map<string, string>()
  const findings: Finding[] = []
  const look = (path: string): void => {
    const folded = path.normalize('NFC').toLowerCase()
    const other = names.get(folded)
    if (other === undefined) names.set(folded, path)
    else if (other !== path)
      findings.push(
        error(
          'case-clash',
          path,
          `has the name of ${other}, but for its case or accents`,
          'Rename one of them: some disks take them for the same.',
        ),
      )
  }
  const folders = new Set<string>()
  for (const path of paths) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at)
      if (folders.has(folder)) continue
      folders.add(folder)
      look(folder)
    }
    look(path)
  }
  return findings
}

/** Its absence is told elsewhere, and would hide what else is wrong. */
function withManifest({ files, links }: PackageTree): PackageTree {
  if (files.some(({ path }) => path === packageManifest)) return { files, links }
  const manifest = { path: packageManifest, size: 0, executable: false, chunks: [] }
  return { files: [...files, manifest].toSorted((a, b) => (a.path < b.path ? -1 : 1)), links }
}

/** Each link that the rules of packages refuse, in their words. */
function linkFindings({ files, links: all }: PackageTree, error: MakeError): readonly Finding[] {
  const findings: Finding[] = []
  let links = all
  while (findings.length < 50) {
    const fault = treeFault({ files, links }, { maxBytes: Number.MAX_SAFE_INTEGER })
    const bad = fault === null ? undefined : links.find(({ path }) => fault.startsWith(`${path} `))
    if (fault === null || bad === undefined) break
    const what = `${fault.slice(bad.path.length + 1)} (${bad.target})`
    findings.push(
      error(
        'bad-link',
        bad.path,
        what,
        'Link to a file of the build by a relative path, or put the file itself there.',
      ),
    )
    links = links.filter((link) => link !== bad)
  }
  return findings
}
