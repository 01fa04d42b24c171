import { createHash } from 'node:crypto'
import type { PackageFile, PackageTree } from '../../config/protocol/package.ts'
import { isAvif, mediaForm } from '../../config/protocol/mediaForm.ts'
import type { MediaKind } from '../../config/protocol/media.ts'
import { maxPictureBytes, maxTrailerBytes } from '../../config/protocol/titleMedia.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

/** A file that a manifest names to be shown. */
export interface BroughtMedia {
  readonly kind: MediaKind
  /** Of the manifest. */
  readonly field: string
  readonly path: string
  readonly alt: string
}

/** In the order in which they are shown. */
export const mediaNamedBy = ({ cover, media, name }: TitleManifest): readonly BroughtMedia[] => [
  {
    kind: 'cover',
    field: 'cover',
    path: cover,
    alt: media?.coverAlt ?? `${name}, a picture of the running game`,
  },
  ...(media?.screenshots ?? []).map(({ file, alt }, index) => ({
    kind: 'screenshot' as const,
    field: `media.screenshots.${index}.file`,
    path: file,
    alt,
  })),
  ...(media?.trailer === undefined
    ? []
    : [
        {
          kind: 'trailer' as const,
          field: 'media.trailer.file',
          path: media.trailer.file,
          alt: media.trailer.alt,
        },
      ]),
]

/** Of a file in a package: the same for the same bytes, without reading them. */
export const packageKey = ({ chunks }: PackageFile): string =>
  createHash('sha256')
    .update(`package file\n${chunks.join('\n')}`)
    .digest('hex')

/**
 * What is wrong with the files that `media` names, each as `field: what`.
 * @param headOf first bytes of a file; null: they cannot be read
 */
export async function mediaFaults(
  manifest: TitleManifest,
  { files }: PackageTree,
  headOf: (file: PackageFile) => Promise<Uint8Array | null>,
): Promise<readonly string[]> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const faults: string[] = []
  for (const { kind, field, path } of mediaNamedBy(manifest)) {
    const file = byPath.get(path)
    // manifest.ts says what a cover may be called, and how large it may be.
    if (kind === 'cover' && file === undefined) continue
    const most = kind === 'trailer' ? maxTrailerBytes : maxPictureBytes
    if (file === undefined) faults.push(`${field}: no file ${path} in the package`)
    else if (file.size > most)
      faults.push(`${field}: ${path} has ${file.size} bytes, which are more than ${most}`)
    else {
      const head = (await headOf(file)) ?? new Uint8Array()
      const known = mediaForm(head)
      if (kind === 'trailer' && known?.kind !== 'video')
        faults.push(`${field}: ${path} is neither MP4 nor WebM by its content`)
      if (kind === 'cover' && known?.kind !== 'picture' && !isAvif(head))
        faults.push(`${field}: ${path} is no picture by its content`)
      if (kind === 'screenshot' && known?.kind !== 'picture')
        faults.push(`${field}: ${path} is no JPEG, PNG or WebP by its content`)
    }
  }
  return faults
}
