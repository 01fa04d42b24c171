import type { Finding } from '../selfTest/check.ts'

const marks: Readonly<Record<Finding['state'], string>> = {
  passed: 'ok',
  warning: 'warning',
  failed: 'FAILED',
}
const markWidth = 8
const nameWidth = 18

/** One check, for people. */
export const findingLines = ({ check, state, found, next }: Finding): readonly string[] => [
  `${marks[state].padEnd(markWidth)}${check.padEnd(nameWidth)}${found}`,
  ...(next === null ? [] : [`${''.padEnd(markWidth + nameWidth)}${next}`]),
]

/** What all of them come to. */
export function verdict(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length
  const [failed, warnings] = [count('failed'), count('warning')]
  if (failed > 0) return `${failed} of ${findings.length} checks failed: no session can run here yet.`
  return warnings === 0
    ? 'Sessions can run here.'
    : `Sessions can run here; ${warnings === 1 ? 'one thing' : `${warnings} things`} could be better.`
}
