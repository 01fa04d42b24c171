/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  return tallies.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

/**
 * @param {Tally} tally
 * @returns {string} the last line of a run, which other programs read
 */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * @param {readonly string[]} args
 * @param {(name: string) => boolean} exists
 * @returns {{ coverage: boolean, focused: boolean, mocha: string[] }} `focused` is a run of a part: no checks then
 */
export function parseTestArgs(args, exists) {
  const forwarded = args.filter((arg) => arg !== '--coverage')
  const namesFiles = forwarded.some((arg) => !arg.startsWith('-') && (/[*]|\.ts$/.test(arg) || exists(arg)))
  return {
    coverage: args.length !== forwarded.length,
    focused: forwarded.length > 0,
    mocha: namesFiles ? forwarded : [...forwarded, 'test/**/*.test.ts'],
  }
}
