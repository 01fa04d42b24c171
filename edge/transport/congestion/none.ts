import type { CongestionController, Estimate, RateBounds } from './controller.ts'

/** No control: always the upper bound. */
export function createNoController(bounds: RateBounds): CongestionController {
  let estimate = fixed(bounds)
  return {
    get estimate() {
      return estimate
    },
    onSent() {},
    onFeedback() {},
    onTick() {},
    takeProbe: () => null,
    setBounds(wanted) {
      estimate = fixed(wanted)
    },
    reset() {},
  }
}

const fixed = ({ maxBps }: RateBounds): Estimate => ({
  targetBps: maxBps,
  pacingBps: Number.POSITIVE_INFINITY,
  rttMs: null,
  lossRatio: 0,
  lossBurst: 1,
  usage: 'normal',
})
