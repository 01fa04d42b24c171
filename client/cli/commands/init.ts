import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { packageManifest } from '../../../config/protocol/package.ts'
import type { TitleManifest } from '../../../config/protocol/title.ts'
import { faultLine, readManifest } from '../../../config/protocol/titleFaults.ts'
import { type FileForm, fileForm, headBytes } from '../check/fileForm.ts'
import type { Context } from '../context.ts'
import { Fault } from '../fault.ts'
import { serverUrl, usualServer } from '../surroundings.ts'
import type { Outcome } from '../terminal.ts'
import { readIgnored } from '../upload/ignoring.ts'
import { listBuild } from '../upload/listBuild.ts'
import { guessStart, idFrom, type LookedAt, newManifest, type Start } from '../manifestDraft.ts'

export interface InitOptions {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly genre?: string | undefined
  /** `.html`: HTML5; else a program of the build. */
  readonly start?: string | undefined
  /** Takes what it finds without asking. */
  readonly yes: boolean
  /** Writes over what is there. */
  readonly force: boolean
}

/** Writes a manifest for a folder, from what lies in it and what it is told. */
export async function init(context: Context, folder: string, options: InitOptions): Promise<Outcome> {
  const { around } = context
  const root = path.resolve(around.cwd, folder)
  const build = await listBuild(root, await readIgnored(root))
  if (build.unreadable.some(({ path: at }) => at === ''))
    throw new Fault('usage', {
      code: 'no-such-folder',
      what: `There is no folder ${root}.`,
      next: 'Name the folder of the build, or go there.',
    })
  const file = path.join(root, packageManifest)
  if (!options.force && build.files.some(({ path: at }) => at === packageManifest))
    throw new Fault('refused', {
      code: 'manifest-there',
      what: `${file} is there already.`,
      next: 'Change it, or write over it with --force.',
    })
  const looked = await lookAt(
    root,
    build.files.map(({ path: at, executable }) => ({ path: at, executable })),
  )
  const start = guessStart(looked, options.start)
  if ('candidates' in start)
    throw new Fault('usage', {
      code: 'start-unclear',
      what:
        start.candidates.length === 0
          ? 'There is neither a page nor a program for Linux in this folder.'
          : 'Several files of this folder could be what starts the game.',
      next: 'Name it with --start, such as --start index.html or --start bin/game.x86_64',
      details: start.candidates.slice(0, 10),
    })
  const told = await answers(context, options, path.basename(root))
  const server = context.server ?? around.env['NEARCADE_SERVER'] ?? usualServer
  const manifest = newManifest({
    ...told,
    start,
    cover: coverOf(looked),
    schema: `${serverUrl(server)}/schema/${packageManifest}`,
  })
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  const read = readManifest(text)
  if (!read.ok)
    throw new Fault('usage', {
      code: 'bad-answer',
      what: 'No manifest can be made of these answers.',
      next: 'Correct what is named.',
      details: read.faults.map(faultLine),
    })
  await writeFile(file, text, { flag: options.force ? 'w' : 'wx' })
  return { result: { file, manifest }, lines: linesOf(file, manifest, start, looked) }
}

async function lookAt(
  root: string,
  files: readonly { readonly path: string; readonly executable: boolean }[],
): Promise<readonly LookedAt[]> {
  const looked: LookedAt[] = []
  const buffer = new Uint8Array(headBytes)
  for (const { path: at, executable } of files) {
    if (at.split('/').length > 3) continue
    let form: FileForm = 'other'
    const handle = await open(path.join(root, at), 'r').catch(() => null)
    if (handle === null) continue
    try {
      const { bytesRead } = await handle.read(buffer, 0, headBytes, 0)
      form = fileForm(buffer.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
    looked.push({ path: at, executable, form })
  }
  return looked
}

const coverOf = (looked: readonly LookedAt[]): string | null => {
  const pictures = looked.filter(({ form }) => form === 'picture').map(({ path: at }) => at)
  return pictures.find((at) => /^cover\./i.test(at)) ?? pictures.find((at) => !at.includes('/')) ?? null
}

interface Told {
  readonly id: string
  readonly name: string
  readonly genre: string
}

/** From options; asked for what is missing where there is somebody to ask. */
async function answers({ asks, around }: Context, options: InitOptions, folder: string): Promise<Told> {
  const name = options.name ?? folder
  const usual = { name, id: options.id ?? idFrom(name), genre: options.genre ?? 'Game' }
  if (!asks || options.yes) return usual
  const lines = createInterface({ input: around.stdin, output: process.stderr })
  const ask = async (what: string, otherwise: string): Promise<string> =>
    (await lines.question(`${what} (${otherwise}): `, { signal: around.signal })).trim() || otherwise
  try {
    const asked = options.name ?? (await ask('Name', usual.name))
    return {
      name: asked,
      id: options.id ?? (await ask('Id, for its address', idFrom(asked))),
      genre: options.genre ?? (await ask('Genre', usual.genre)),
    }
  } finally {
    lines.close()
  }
}

function linesOf(
  file: string,
  manifest: TitleManifest,
  start: Start,
  looked: readonly LookedAt[],
): readonly string[] {
  const lines = [`${file} is written: ${manifest.name}, started by ${start.path}.`]
  if (start.kind === 'linux' && looked.some((one) => one.path === start.path && !one.executable))
    lines.push(`Make it executable: chmod +x ${start.path}`)
  if (coverOf(looked) === null) lines.push(`Put a picture of the running game there as ${manifest.cover}.`)
  return [...lines, 'Say more about it in that file, then: npx nearcade title check']
}
