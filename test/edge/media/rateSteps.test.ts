import { expect } from 'chai'
import { reopenDue } from '../../../edge/media/rateSteps.ts'

const opened = { bitrateBps: 4_000_000, atUs: 1_000_000 }
const afterMs = (ms: number) => opened.atUs + ms * 1000

describe('an encoder whose rate is fixed while it is open', () => {
  const cases: [string, number, number, boolean][] = [
    ['follows a lower rate soon', 3_000_000, 400, true],
    ['does not follow every step down at once', 3_000_000, 399, false],
    ['follows a higher rate after some seconds', 5_000_000, 4000, true],
    ['does not follow a higher rate before', 8_000_000, 3999, false],
    ['leaves a little lower rate be', 3_700_000, 60_000, false],
    ['leaves a little higher rate be', 4_900_000, 60_000, false],
  ]
  for (const [promise, wantedBps, ms, due] of cases) {
    it(promise, () => expect(reopenDue(opened, wantedBps, afterMs(ms))).to.equal(due))
  }
})
