import { NearcadeError } from '../../config/errors.ts'

/** What a check found. `warning`: sessions can run, some worse than they could. `failed`: none can, or nobody would reach them. */
export interface Finding {
  readonly check: string
  readonly state: 'passed' | 'warning' | 'failed'
  /** What was measured or seen, in words. */
  readonly found: string
  /** What to do about it; null where nothing is to be done. */
  readonly next: string | null
}

export interface Check {
  readonly name: string
  /** What to do when it fails without saying so itself. */
  readonly next: string
  /** @throws where it fails */
  run(): Promise<Omit<Finding, 'check' | 'next'> & { readonly next?: string }>
}

const limitMs = 60_000

/** Runs one after the other, since they measure, and all of them: whoever mends one fault wants to know the others too. */
export async function runChecks(
  checks: readonly Check[],
  onFinding: (finding: Finding) => void = () => {},
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) {
    const finding = await findingOf(check)
    findings.push(finding)
    onFinding(finding)
  }
  return findings
}

async function findingOf({ name, next, run }: Check): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no result within ${limitMs / 1000} s`)), limitMs)
    })
    const found = await Promise.race([run(), late])
    return { check: name, ...found, next: found.state === 'passed' ? null : (found.next ?? next) }
  } catch (cause) {
    return { check: name, state: 'failed', found: wordsOf(cause), next }
  } finally {
    clearTimeout(timer)
  }
}

function wordsOf(cause: unknown): string {
  if (cause instanceof NearcadeError && cause.details.length > 0) return cause.details.join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}
