import { packageManifest } from '../../../config/protocol/package.ts'
import { hostFaults } from '../../../config/protocol/packageHost.ts'
import { coverName, maxCoverBytes, type TitleManifest } from '../../../config/protocol/title.ts'
import { mediaForm } from '../../../config/protocol/mediaForm.ts'
import { maxPictureBytes, maxTrailerBytes } from '../../../config/protocol/titleMedia.ts'
import { limitNotes } from '../../../config/protocol/titleLimits.ts'
import type { Build } from '../upload/listBuild.ts'
import type { Finding } from './finding.ts'
import { fileForm } from './fileForm.ts'

export interface NamedFiles {
  readonly build: Build
  /** The first bytes of a file; null: it cannot be read. */
  head(path: string): Promise<Uint8Array | null>
  /** It is on the disk, and .nearcadeignore keeps it out. */
  isIgnored(path: string): Promise<boolean>
}

/** What a manifest names, and whether it is there and what it should be. */
export async function checkNamed(manifest: TitleManifest, named: NamedFiles): Promise<readonly Finding[]> {
  const { build, head, isIgnored } = named
  const { runtime, input, cover } = manifest
  const findings: Finding[] = []
  const files = new Map(build.files.map((file) => [file.path, file]))
  const links = new Set(build.links.map(({ path }) => path))
  const folders = foldersOf([...files.keys(), ...links])
  const error = (code: Finding['code'], field: string, what: string, next: string): void =>
    void findings.push({ severity: 'error', code, file: packageManifest, field, what, next })

  /** Whether the build has it: what a link leads to is for whoever follows it. */
  async function isFile(field: string, path: string): Promise<boolean> {
    if (files.has(path) || links.has(path)) return true
    if (await isIgnored(path))
      error(
        'file-ignored',
        field,
        `names ${path}, which is kept out`,
        `Take it out of .nearcadeignore, or name another file.`,
      )
    else {
      const near = [...files.keys()].find((other) => other.toLowerCase() === path.toLowerCase())
      const next =
        near === undefined ? 'Put it there, or name a file of the build.' : `Write ${near}: case counts.`
      error('file-missing', field, `names ${path}, which is not in the build`, next)
    }
    return false
  }

  for (const { field, what, next } of hostFaults(manifest)) error('host-path', field, what, next)
  for (const note of limitNotes(manifest))
    findings.push({ severity: 'warning', code: 'large-limit', file: packageManifest, ...note })

  const picture = files.get(cover)
  if (picture === undefined && links.has(cover))
    error('not-a-picture', 'cover', `names ${cover}, which is a link`, 'Put the picture itself there.')
  else if ((await isFile('cover', cover)) && picture !== undefined) {
    const form = fileForm((await head(cover)) ?? new Uint8Array())
    if (form !== 'picture' || !coverName.test(cover))
      error(
        'not-a-picture',
        'cover',
        `names ${cover}, which is no picture`,
        'Name a .jpg, .png, .webp, .avif or .gif.',
      )
    if (picture.size > maxCoverBytes)
      error(
        'cover-too-large',
        'cover',
        `names ${cover}, of ${picture.size} bytes`,
        `Keep it under ${maxCoverBytes}.`,
      )
  }
  for (const [index, { file }] of (manifest.media?.screenshots ?? []).entries())
    await checkShown(`media.screenshots.${index}.file`, file, 'picture', maxPictureBytes)
  if (manifest.media?.trailer !== undefined)
    await checkShown('media.trailer.file', manifest.media.trailer.file, 'video', maxTrailerBytes)
  if (runtime.kind === 'html5') {
    const page = runtime.page.replace(/[?#].*$/s, '')
    if ((await isFile('runtime.page', page)) && files.has(page)) {
      const form = fileForm((await head(page)) ?? new Uint8Array())
      if (form !== 'other')
        error('not-a-page', 'runtime.page', `names ${page}, which is no page`, 'Name an HTML file.')
    }
  } else {
    const [first = ''] = runtime.command
    const program = /^\{title\}\/(.+)$/s.exec(first)?.[1]
    if (program !== undefined) {
      const path = program
      const file = (await isFile('runtime.command.0', path)) ? files.get(path) : undefined
      if (file !== undefined) await checkProgram(path, file.executable)
    } else if (
      !first.startsWith('{node}') &&
      build.files.some(({ path }) => path === first || path === plain(first))
    )
      error(
        'file-missing',
        'runtime.command.0',
        `is ${first}, which is looked for on the host`,
        `Write "{title}/${plain(first)}" for the file of the build.`,
      )
    const folder = runtime.workingFolder === undefined ? '' : plain(runtime.workingFolder)
    if (folder !== '' && !folders.has(folder) && !links.has(folder))
      error(
        'not-a-folder',
        'runtime.workingFolder',
        `names ${folder}, which is no folder of the build`,
        'Name one, or "." for its root.',
      )
    if (input.pad === 'native' || input.touch === 'native')
      error(
        'needs-a-page',
        input.pad === 'native' ? 'input.pad' : 'input.touch',
        'is "native", which only HTML5 titles can be',
        'Write "keys" and a `padMap` for pads, "pointer" or "pad" for touch.',
      )
  }
  if (input.pad === 'keys' && input.padMap === undefined)
    error(
      'pad-map-missing',
      'input.padMap',
      'is missing, and `input.pad` is "keys"',
      'Say which key each control presses, or write "none" for `input.pad`.',
    )
  return findings

  async function checkShown(
    field: string,
    path: string,
    kind: 'picture' | 'video',
    maxBytes: number,
  ): Promise<void> {
    const isPicture = kind === 'picture'
    const code = isPicture ? 'not-a-picture' : 'not-a-film'
    const wanted = isPicture ? 'Name a JPEG, PNG or WebP.' : 'Name an MP4 or a WebM.'
    const file = files.get(path)
    if (file === undefined && links.has(path))
      return error(code, field, `names ${path}, which is a link`, 'Put the file itself there.')
    if (!(await isFile(field, path)) || file === undefined) return
    if (mediaForm((await head(path)) ?? new Uint8Array())?.kind !== kind)
      error(
        code,
        field,
        `names ${path}, which is no ${isPicture ? 'picture' : 'film'} by its content`,
        wanted,
      )
    if (file.size > maxBytes)
      error('media-too-large', field, `names ${path}, of ${file.size} bytes`, `Keep it under ${maxBytes}.`)
  }

  async function checkProgram(path: string, isExecutable: boolean): Promise<void> {
    const start = (await head(path)) ?? new Uint8Array()
    const field = 'runtime.command.0'
    switch (fileForm(start)) {
      case 'windows':
        error(
          'not-for-linux',
          field,
          `names ${path}, a program for Windows`,
          'Export the game for Linux (x86-64) and name that program.',
        )
        return
      case 'macos':
        error(
          'not-for-linux',
          field,
          `names ${path}, a program for macOS`,
          'Export the game for Linux (x86-64) and name that program.',
        )
        return
      case 'foreign':
        error(
          'not-for-this-processor',
          field,
          `names ${path}, built for another processor`,
          'Build it for Linux on x86-64.',
        )
        return
      case 'linux':
      case 'script':
        break
      case 'picture':
      case 'other':
        error(
          'no-interpreter',
          field,
          `names ${path}, which is neither a program nor a script with #! at its beginning`,
          'Name the program, or begin the script with "#!/bin/sh".',
        )
        return
    }
    if (!isExecutable)
      error('not-executable', field, `names ${path}, which may not be executed`, `chmod +x ${path}`)
  }
}

/** Without `./` and doubled slashes. */
const plain = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')

function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const path of paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (folders.has(path.slice(0, at))) break
      folders.add(path.slice(0, at))
    }
  return folders
}
