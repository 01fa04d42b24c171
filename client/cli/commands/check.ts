import { checkBuild } from '../check/checkBuild.ts'
import { findingLine, isError } from '../check/finding.ts'
import type { Context } from '../context.ts'
import { treeBytes } from '../../../config/protocol/package.ts'
import type { Outcome } from '../terminal.ts'
import { bytesText, plural } from '../words.ts'
import { resolve } from 'node:path'

/** Looks through a build as the router would, without one. */
export async function check({ around }: Context, folder: string): Promise<Outcome> {
  const { build, manifest, findings } = await checkBuild(resolve(around.cwd, folder))
  const errors = findings.filter(isError).length
  const bytes = treeBytes({ files: build.files.map((file) => ({ ...file, chunks: [] })) })
  const sizes = `${plural(build.files.length, 'file')}, ${plural(build.links.length, 'link')}, ${bytesText(bytes)}`
  const last =
    errors > 0
      ? `${plural(errors, 'error')}: the router would refuse this build.`
      : `${manifest === null ? 'The build' : `${manifest.id} ${manifest.version}`} is good to be pushed: ${sizes}.`
  return {
    ok: errors === 0,
    result: {
      folder: build.root,
      title: manifest === null ? null : { id: manifest.id, version: manifest.version },
      files: build.files.length,
      links: build.links.length,
      bytes,
      findings,
    },
    lines: [...findings.map(findingLine), last],
  }
}
