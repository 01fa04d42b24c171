import type { ManifestFault } from '../../../config/protocol/titleFaults.ts'

/** One thing that a look at a build found. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: FindingCode
  /** From the root of the build; '' for the build as a whole. */
  readonly file: string
  /** Of the manifest; absent where it is not about one. */
  readonly field?: string
  readonly what: string
  readonly next: string
}

export type FindingCode =
  | `manifest-${ManifestFault['code']}`
  | 'no-manifest'
  | 'manifest-too-large'
  | 'file-missing'
  | 'file-ignored'
  | 'not-a-folder'
  | 'not-executable'
  | 'not-for-linux'
  | 'not-for-this-processor'
  | 'no-interpreter'
  | 'not-a-picture'
  | 'cover-too-large'
  | 'not-a-film'
  | 'media-too-large'
  | 'not-a-page'
  | 'host-path'
  | 'large-limit'
  | 'pad-map-missing'
  | 'needs-a-page'
  | 'case-clash'
  | 'bad-path'
  | 'bad-link'
  | 'not-a-file'
  | 'unreadable'
  | 'too-many-files'
  | 'file-too-large'
  | 'tree-refused'
  | 'empty-file'

export const isError = ({ severity }: Finding): boolean => severity === 'error'

/** `nearcade.title.json, display.fps: is 500. Write …` */
export const findingLine = ({ severity, code, file, field, what, next }: Finding): string => {
  const place = [file, field].filter((part) => part !== undefined && part !== '').join(', ')
  return `${severity}: ${place === '' ? '' : `${place}: `}${what}. ${next} [${code}]`
}
