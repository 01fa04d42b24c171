import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { publishedTitle, type TitleVersion } from '../../../config/protocol/publishing.ts'
import { archiveName } from '../../../config/protocol/uploads.ts'
import { checkBuild } from '../check/checkBuild.ts'
import { findingLine, isError } from '../check/finding.ts'
import { asMember, type Context } from '../context.ts'
import { Fault } from '../fault.ts'
import { type Patience, patiently } from '../patience.ts'
import { cacheFolderOf, type Member } from '../surroundings.ts'
import type { Outcome, ProgressView } from '../terminal.ts'
import { openHashCache } from '../upload/hashCache.ts'
import { type Uploaded, uploadArchive, uploadFolder, type UploadTools } from '../upload/upload.ts'
import { uploadApi } from '../upload/uploadApi.ts'
import { bytesText, plural } from '../words.ts'
import { checked, checkLines } from './checks.ts'

export interface PushOptions {
  /** Puts the version on staging. */
  readonly stage: boolean
  /** Waits for the check of the version. */
  readonly wait: boolean
  /** Requests on their way at once. */
  readonly parallel: number
}

/** Of one request: through a router's restart or a lost network. */
const giveUpMs = 5 * 60_000

/** Makes a folder or an archive a version of the title that its manifest names. */
export function push(context: Context, build: string, options: PushOptions): Promise<Outcome> {
  const source = resolve(context.around.cwd, build)
  return asMember(context, async (member) => {
    const { around } = context
    const { nowMs, signal } = around
    const startedMs = nowMs()
    using progress = context.openProgress()
    let isInTrouble = false
    const patience: Patience = {
      ...around,
      giveUpMs,
      onTrouble({ details: [detail = ''] }) {
        if (!isInTrouble) progress.note(`Trying again: ${detail}`)
        isInTrouble = true
      },
    }
    const api = uploadApi(member.router, member.orgId)
    const tools: Omit<UploadTools, 'cache'> = {
      api,
      patience,
      threads: around.threads,
      lanes: options.parallel,
      onProgress(shown) {
        isInTrouble = false
        progress.show(shown)
      },
    }
    const uploaded = await bring(context, source, tools, progress)
    let version = await patiently(() => api.publish(uploaded.uploadId, signal), patience)
    if (options.stage || options.wait) await stage(member, version, patience)
    if (options.wait) version = await checked(member, version, patience, progress)
    const tookMs = Math.round(nowMs() - startedMs)
    const { titleId, version: number, sizeBytes, treeId, check } = version
    const { sentBytes, readBytes, totalBytes } = uploaded
    return {
      ok: !options.wait || check.state === 'passed',
      result: {
        titleId,
        version: number,
        treeId,
        sizeBytes,
        totalBytes,
        sentBytes,
        readBytes,
        tookMs,
        check,
      },
      lines: [
        `${titleId} ${number} is there: ${bytesText(sizeBytes)}, of which ${bytesText(sentBytes)} had to be sent, in ${(tookMs / 1000).toFixed(1)} s.`,
        ...(options.wait ? checkLines(version) : []),
        ...nextLines(version, options),
      ],
    }
  })
}

/** What whoever pushed may want next. */
function nextLines(
  { titleId, version, check }: TitleVersion,
  { stage: isStaged, wait }: { readonly stage: boolean; readonly wait: boolean },
): readonly string[] {
  const promote = `npx nearcade title promote ${titleId} ${version} --channel`
  if (!isStaged && !wait) return [`Try it: ${promote} staging`]
  return check.state === 'passed' ? [`Give it to players: ${promote} live`] : []
}

async function bring(
  context: Context,
  source: string,
  tools: Omit<UploadTools, 'cache'>,
  progress: ProgressView,
): Promise<Uploaded> {
  const { around } = context
  const found = await stat(source).catch(() => null)
  if (found?.isFile() === true) {
    if (!archiveName.test(source))
      throw new Fault('usage', {
        code: 'no-archive',
        what: `${source} is neither a folder nor an archive.`,
        next: 'Name a folder, or a .zip, .tar, .tar.gz or .tgz.',
      })
    return uploadArchive(source, { ...tools, cache: null })
  }
  const { build, findings } = await checkBuild(source)
  const errors = findings.filter(isError)
  if (errors.length > 0)
    throw new Fault('refused', {
      code: 'build-faulty',
      what: `${plural(errors.length, 'fault')} stand${errors.length === 1 ? 's' : ''} against this build.`,
      next: 'Correct what is named, look with: npx nearcade title check, and push again.',
      details: errors.map(findingLine),
    })
  for (const finding of findings) progress.note(findingLine(finding))
  const cache = await openHashCache(cacheFolderOf(around), build.root, Date.now)
  return uploadFolder(build, { ...tools, cache })
}

async function stage(
  { router, orgId }: Member,
  { titleId, version }: TitleVersion,
  patience: Patience,
): Promise<void> {
  const path = `/api/orgs/${encodeURIComponent(orgId)}/titles/${encodeURIComponent(titleId)}/promote`
  await patiently(
    () =>
      router.call(publishedTitle, 'POST', path, {
        json: { version, channel: 'staging' },
        signal: patience.signal,
      }),
    patience,
  )
}
