import { expect } from 'chai'
import { createKeyframeAnswers } from '../../../edge/peer/keyframeAnswers.ts'

describe('requests for a keyframe', () => {
  it('are answered once while the answer is on its way, and again where it did not arrive', () => {
    const answers = createKeyframeAnswers()
    expect(answers.isNew(0, 60)).to.equal(true)
    answers.sent(10)
    expect([20, 40, 70].map((atMs) => answers.isNew(atMs, 60))).to.deep.equal([false, false, false])
    expect(answers.isNew(71, 60)).to.equal(true)
  })

  it('reckon with 100 ms where the round trip is not known yet', () => {
    const answers = createKeyframeAnswers()
    answers.sent(0)
    expect(answers.isNew(100, null)).to.equal(false)
    expect(answers.isNew(101, null)).to.equal(true)
  })
})
