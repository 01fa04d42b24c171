import { expect } from 'chai'
import { isBeyondRepair } from '../../../edge/transport/beyondRepair.ts'

describe('what a browser misses', () => {
  it('is sent again while that is quicker than a keyframe', () => {
    expect(isBeyondRepair({ bytes: 6 * 1200, gone: false }, 8e6)).to.equal(false)
    expect(isBeyondRepair({ bytes: 145 * 1200, gone: false }, 20e6)).to.equal(false)
  })

  it('is given up for a keyframe where a path that became narrow has no room for it, or it is not kept any more', () => {
    expect(isBeyondRepair({ bytes: 145 * 1200, gone: false }, 1e6)).to.equal(true)
    expect(isBeyondRepair({ bytes: 1200, gone: true }, 8e6)).to.equal(true)
  })
})
