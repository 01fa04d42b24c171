import { lstat, open, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { packageManifest } from '../../../config/protocol/package.ts'
import { maxManifestBytes, type TitleManifest } from '../../../config/protocol/title.ts'
import { readManifest } from '../../../config/protocol/titleFaults.ts'
import { Fault } from '../fault.ts'
import { readIgnored } from '../upload/ignoring.ts'
import { type Build, listBuild } from '../upload/listBuild.ts'
import { checkNamed } from './checkNamed.ts'
import { checkTree } from './checkTree.ts'
import { headBytes } from './fileForm.ts'
import type { Finding } from './finding.ts'

export interface CheckedBuild {
  readonly build: Build
  /** Null: there is none that can be read. */
  readonly manifest: TitleManifest | null
  /** By file, errors first. */
  readonly findings: readonly Finding[]
}

/** Looks through a folder as the router would, and further, without a router. @throws Fault when there is no such folder */
export async function checkBuild(folder: string): Promise<CheckedBuild> {
  const root = path.resolve(folder)
  const found = await stat(root).catch(() => null)
  if (found === null || !found.isDirectory())
    throw new Fault('usage', {
      code: 'no-such-folder',
      what: found === null ? `There is no folder ${root}.` : `${root} is no folder.`,
      next: 'Name the folder of the build, or go there.',
    })
  const build = await listBuild(root, await readIgnored(root))
  const { manifest, findings } = await manifestOf(build)
  const all = [...findings, ...checkTree(build), ...emptyFiles(build)]
  if (manifest !== null) all.push(...(await checkNamed(manifest, namedFiles(build))))
  const order = (finding: Finding): number => (finding.severity === 'error' ? 0 : 1)
  return { build, manifest, findings: all.toSorted((a, b) => order(a) - order(b)) }
}

async function manifestOf(
  build: Build,
): Promise<{ readonly manifest: TitleManifest | null; readonly findings: readonly Finding[] }> {
  const failed = (code: Finding['code'], what: string, next: string) => ({
    manifest: null,
    findings: [{ severity: 'error' as const, code, file: packageManifest, what, next }],
  })
  const file = build.files.find(({ path: at }) => at === packageManifest)
  if (file === undefined) return failed('no-manifest', 'is not there', 'Run: npx nearcade title init')
  if (file.size > maxManifestBytes)
    return failed('manifest-too-large', `has ${file.size} bytes`, `Keep it under ${maxManifestBytes}.`)
  const text = await readFile(path.join(build.root, packageManifest), 'utf8')
  const read = readManifest(text)
  if (read.ok) return { manifest: read.manifest, findings: [] }
  return {
    manifest: null,
    findings: read.faults.map(({ code, field, what, write }) => ({
      severity: 'error',
      code: `manifest-${code}`,
      file: packageManifest,
      ...(field === '' ? {} : { field }),
      what,
      next: `Write ${write}.`,
    })),
  }
}

function namedFiles(build: Build) {
  return {
    build,
    async head(at: string): Promise<Uint8Array | null> {
      try {
        const handle = await open(path.join(build.root, at), 'r')
        try {
          const buffer = new Uint8Array(headBytes)
          const { bytesRead } = await handle.read(buffer, 0, headBytes, 0)
          return buffer.subarray(0, bytesRead)
        } finally {
          await handle.close()
        }
      } catch {
        return null
      }
    },
    isIgnored: async (at: string): Promise<boolean> =>
      (await lstat(path.join(build.root, at)).catch(() => null)) !== null,
  }
}

/** A copy that broke off leaves them behind. */
const emptyFiles = (build: Build): readonly Finding[] =>
  build.files
    .filter(({ size, executable }) => size === 0 && executable)
    .map(({ path: at }) => ({
      severity: 'warning',
      code: 'empty-file',
      file: at,
      what: 'is a program of no bytes',
      next: 'Look whether it was copied to its end.',
    }))
