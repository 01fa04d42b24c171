import { expect } from 'chai'
import fc from 'fast-check'
import {
  clickMsOf,
  clickQuantile,
  clickStepOf,
  clickSteps,
  type PlayQuality,
  playQuality,
} from '../../../config/protocol/playQuality.ts'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { qualityOf } from '../../../server/publishing/playQuality.ts'

const clicks = (...many: readonly (readonly [ms: number, count: number])[]): number[] => {
  const steps = new Array<number>(clickSteps).fill(0)
  for (const [ms, count] of many) steps[clickStepOf(ms)] = count
  return steps
}

/** What a page says of ten seconds. */
export const said = (change: Partial<PlayQuality> = {}): PlayQuality => ({
  run: 'run',
  clicks: clicks([40, 90], [120, 10]),
  framesShown: 600,
  framesDropped: 0,
  framesDecoded: 600,
  decodeMs: 900,
  freezes: 0,
  frozenMs: 0,
  seenMs: 10_000,
  ...change,
})

describe('how a session played, in its player’s words', () => {
  it('tells a click-to-photon to within four percent', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2_000, noNaN: true }), (ms) => {
        expect(clickMsOf(clickStepOf(ms)) / ms).to.be.within(0.96, 1.04)
      }),
    )
    expect([clickStepOf(-5), clickStepOf(1e9)]).to.deep.equal([0, clickSteps - 1])
    expect(clickQuantile(clicks([40, 95], [120, 5]), 0.95)).to.be.closeTo(40, 2)
    expect(clickQuantile(clicks([40, 94], [120, 6]), 0.95)).to.be.closeTo(120, 5)
    expect(clickQuantile([], 0.5)).equals(null)
  })

  it('is nothing where nobody looked or nothing was played, and no click-to-photon of a few inputs', () => {
    expect(qualityOf([], 60_000)).equals(null)
    expect(qualityOf([said()], 0)).equals(null)
    expect(qualityOf([said({ clicks: clicks([40, 19]) })], 60_000)).to.deep.include({
      clickP50Ms: null,
      framesShown: 600,
    })
  })

  it('cannot be more than a session of its length can have been', () => {
    const most = 1e9
    const lie = said({
      clicks: new Array<number>(clickSteps).fill(most),
      framesShown: most,
      framesDropped: most,
      framesDecoded: most,
      decodeMs: most,
      freezes: most,
      frozenMs: most,
      seenMs: most,
    })
    expect(decodeValue(playQuality, lie).ok).equals(true)
    expect(qualityOf([lie, lie], 10_000)).to.deep.include({
      framesShown: 2_500,
      framesDropped: 2_500,
      framesDecoded: 2_500,
      decodeMs: 10_000,
      freezes: 2_500,
      frozenMs: 10_000,
      seenMs: 10_000,
    })
  })

  it('is refused where it is no such thing', () => {
    for (const change of [
      { clicks: new Array<number>(clickSteps + 1).fill(0) },
      { clicks: [-1] },
      { framesShown: 0.5 },
      { frozenMs: Number.NaN },
      { seenMs: 1e10 },
      { run: 'a b' },
      { more: 1 },
    ])
      expect(decodeValue(playQuality, { ...said(), ...change }).ok, JSON.stringify(change)).equals(false)
  })
})
