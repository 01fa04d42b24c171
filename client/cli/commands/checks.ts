import { type TitleVersion, titleDetails, titleVersion } from '../../../config/protocol/publishing.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { Fault } from '../fault.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Member } from '../surroundings.ts'
import type { Outcome, ProgressView } from '../terminal.ts'
import { timeText } from '../words.ts'
import { installLines } from './installLines.ts'

const checkEveryMs = 2000

const titleAt = (orgId: string, ...rest: readonly string[]): string =>
  `/api/orgs/${[orgId, 'titles', ...rest].map(encodeURIComponent).join('/')}`

/** Begins a check of a version anew and follows it to its end. */
export function checkAgain(context: Context, titleId: string, number: string): Promise<Outcome> {
  return asMember(context, async (member) => {
    const { router, orgId } = member
    const patience = shortPatience(context)
    using progress = context.openProgress()
    const begun = await router.call(titleVersion, 'POST', titleAt(orgId, titleId, 'check'), {
      json: { version: number },
      signal: patience.signal,
    })
    const version = await checked(member, begun, patience, progress)
    return reportOf(version, version.check.state === 'passed')
  })
}

/** What the last check of a version found. @param number the newest version if absent */
export function report(context: Context, titleId: string, number: string | undefined): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const patience = shortPatience(context)
    const { versions } = await patiently(
      () => router.call(titleDetails, 'GET', titleAt(orgId, titleId), { signal: patience.signal }),
      patience,
    )
    const version = number === undefined ? versions[0] : versions.find((one) => one.version === number)
    if (version === undefined)
      throw new Fault('refused', {
        code: 'version-not-found',
        what: `${titleId} has no ${number === undefined ? 'versions' : `version ${number}`}.`,
        next: `Look at those it has: npx nearcade title list ${titleId}`,
      })
    return reportOf(version, version.check.state !== 'failed')
  })
}

function reportOf(version: TitleVersion, ok: boolean): Outcome {
  const { titleId, version: number, check } = version
  return {
    ok,
    result: { titleId, version: number, check },
    lines: [`${titleId} ${number}`, ...checkLines(version)],
  }
}

/** Waits until the check has come to an end; one that nobody asked for begins as soon as a node has the version. */
export async function checked(
  { router, orgId }: Member,
  version: TitleVersion,
  patience: Patience,
  progress: ProgressView,
): Promise<TitleVersion> {
  const { signal } = patience
  let now = version
  /** Why nodes do not get it, each once. */
  const said = new Set<string>()
  progress.note(`Waiting for the check of ${version.titleId} ${version.version}`)
  while (now.check.state === 'none' || now.check.state === 'running') {
    await patience.wait(checkEveryMs, signal)
    const title = await patiently(
      () => router.call(titleDetails, 'GET', titleAt(orgId, version.titleId), { signal }),
      patience,
    )
    for (const line of installLines(title, version.version)) {
      if (!said.has(line)) progress.note(line)
      said.add(line)
    }
    now = title.versions.find((one) => one.version === version.version) ?? now
  }
  return now
}

export function checkLines({ titleId, version, check }: TitleVersion): readonly string[] {
  switch (check.state) {
    case 'none':
      return ['It has not been checked yet: that begins by itself once it is on staging and a node has it.']
    case 'running':
      return [`Its check began at ${timeText(check.sinceMs)} UTC and goes on.`]
    case 'passed':
    case 'failed': {
      const { items, log = [] } = check.report
      const failed = check.state === 'failed'
      return [
        failed ? 'It has not passed its check:' : 'It has passed its check.',
        ...items.map(
          ({ name, passed, measured, next }) =>
            `  ${passed ? 'ok    ' : 'FAILED'}  ${name}: ${measured}${next === null ? '' : ` ${next}`}`,
        ),
        ...(failed && log.length > 0 ? ['What it wrote last:', ...log.map((line) => `  ${line}`)] : []),
        ...(failed
          ? [`Once more, on another seat: npx nearcade title check-again ${titleId} ${version}`]
          : []),
      ]
    }
    default:
      return check satisfies never
  }
}
