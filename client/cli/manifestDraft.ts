import type { TitleManifest } from '../../config/protocol/title.ts'
import type { FileForm } from './check/fileForm.ts'

/** A file of a build, by its first bytes. */
export interface LookedAt {
  readonly path: string
  readonly executable: boolean
  readonly form: FileForm
}

/** What starts a game. */
export interface Start {
  readonly kind: 'html5' | 'linux'
  readonly path: string
}

/**
 * Pure: what of a folder starts the game, or what could.
 * @param told by its publisher; absent: it is to be found
 */
export function guessStart(
  files: readonly LookedAt[],
  told: string | undefined,
): Start | { readonly candidates: readonly string[] } {
  if (told !== undefined) {
    const path = told.replace(/^\.\//, '')
    if (!files.some((file) => file.path === path)) return { candidates: [] }
    return { kind: /\.html?$/i.test(path) ? 'html5' : 'linux', path }
  }
  const programs = files.filter(({ path, form }) => form === 'linux' && !/\.so(\.[\d.]+)?$/.test(path))
  const scripts = files.filter(
    ({ path, form, executable }) => form === 'script' && (executable || path.endsWith('.sh')),
  )
  const native = programs.length > 0 ? programs : scripts
  // Engines name what they export so: Unity, Godot.
  const named = native.filter(({ path }) => path.endsWith('.x86_64'))
  const top = native.filter(({ path }) => !path.includes('/'))
  const page =
    files.find(({ path }) => path === 'index.html') ??
    onlyOne(files.filter(({ path }) => /^[^/]+\.html?$/i.test(path)))
  const program = onlyOne(native) ?? onlyOne(named) ?? onlyOne(top)
  // A launcher's manual is a page too; what an HTML5 build needs beside its page is no program.
  if (page !== undefined && native.length === 0) return { kind: 'html5', path: page.path }
  if (program !== undefined && page === undefined) return { kind: 'linux', path: program.path }
  return { candidates: [...(page === undefined ? [] : [page.path]), ...native.map(({ path }) => path)] }
}

const onlyOne = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)

/** Pure: as a title's id is written. */
export const idFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '') || 'my-game'

export interface Draft {
  readonly id: string
  readonly name: string
  readonly genre: string
  readonly start: Start
  readonly cover: string | null
  /** Address of the JSON Schema. */
  readonly schema: string
}

const gib = 1024 ** 3

/** Pure: a manifest that needs no more than its publisher's words about the game. */
export function newManifest({ id, name, genre, start, cover, schema }: Draft): TitleManifest {
  const isPage = start.kind === 'html5'
  return {
    $schema: schema,
    id,
    version: '0.1.0',
    name,
    tagline: '',
    description: '',
    genre,
    licence: { spdx: 'LicenseRef-Proprietary', source: 'its publisher' },
    cover: cover ?? 'cover.jpg',
    runtime: isPage
      ? { kind: 'html5', page: start.path, needs: [], packages: [] }
      : {
          kind: 'linux',
          command: [`{title}/${start.path}`],
          workingFolder: start.path.includes('/') ? start.path.slice(0, start.path.lastIndexOf('/')) : '.',
          env: {},
          needs: [],
          packages: [],
        },
    display: { widthPx: 1280, heightPx: 720, fps: 60 },
    input: {
      pointer: 'absolute',
      pad: isPage ? 'native' : 'none',
      touch: isPage ? 'native' : 'pointer',
      touchButtons: [],
      touchStick: null,
    },
    controls: [],
    limits: {
      memoryBytes: isPage ? gib : 2 * gib,
      maxProcesses: 300,
      cpuCores: 1.5,
      tmpBytes: 128 * 1024 ** 2,
    },
  }
}
