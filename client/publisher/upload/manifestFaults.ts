import { faultLine, readManifest } from '../../../config/protocol/titleFaults.ts'

/**
 * What is wrong with a manifest, each as `field: what`; none: it can go.
 * @param files paths of the build, to see that what the manifest names is there
 */
export function manifestFaults(text: string, files: ReadonlySet<string>): readonly string[] {
  const read = readManifest(text)
  if (!read.ok) return read.faults.map(faultLine)
  const { cover, runtime, media } = read.manifest
  const named: readonly (readonly [string, string])[] = [
    ['cover', cover],
    ...(media?.screenshots ?? []).map(
      ({ file }, index) => [`media.screenshots.${index}.file`, file] as const,
    ),
    ...(media?.trailer === undefined ? [] : [['media.trailer.file', media.trailer.file] as const]),
    ...(runtime.kind === 'html5' ? [['runtime.page', runtime.page.replace(/[?#].*$/s, '')] as const] : []),
  ]
  return named.filter(([, path]) => !files.has(path)).map(([field, path]) => `${field}: ${path} is not there`)
}
