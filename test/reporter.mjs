import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'

/** @typedef {{ passed: number, failed: number, skipped: number, ended: boolean }} Counts */

const lingerMs = 10_000

/**
 * The usual report, and after each test the counts so far in a file, which is there also when the run is cut off.
 * A run that does not end by itself afterwards says what keeps it.
 */
export default class CountingReporter extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions & { reporterOptions?: { counts?: string } }} options
   */
  constructor(runner, options) {
    super(runner, options)
    const file = options.reporterOptions?.counts
    /** @type {Counts} */
    const counts = { passed: 0, failed: 0, skipped: 0, ended: false }
    /** @param {'passed' | 'failed' | 'skipped'} what */
    const count = (what) => () => {
      counts[what] += 1
      write()
    }
    const write = () => {
      if (file) writeFileSync(file, JSON.stringify(counts))
    }
    runner.on('pass', count('passed'))
    runner.on('fail', count('failed'))
    runner.on('pending', count('skipped'))
    runner.once('end', () => {
      counts.ended = true
      write()
      setTimeout(
        () => console.log(`Still open: ${process.getActiveResourcesInfo().join(', ')}`),
        lingerMs,
      ).unref()
    })
  }
}
