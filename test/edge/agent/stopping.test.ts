import { expect } from 'chai'
import { createStopping, type StopWish } from '../../../edge/agent/stopping.ts'

describe('stopping a node', () => {
  let nowMs: number
  let done: string[]
  let lastEnds: () => void
  let wish: (wish: StopWish, afterMs?: number) => void
  beforeEach(() => {
    nowMs = 0
    done = []
    const stop = createStopping(
      {
        drained() {
          done.push('drain')
          return new Promise((resolve) => {
            lastEnds = resolve
          })
        },
        close: () => done.push('close'),
        force: () => done.push('force'),
      },
      () => nowMs,
    )
    wish = (what, afterMs = 1000) => {
      nowMs += afterMs
      stop(what)
    }
  })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it('lets the sessions end by themselves first, and closes after the last one', async () => {
    wish('drain')
    await settled()
    expect(done).to.deep.equal(['drain'])
    lastEnds()
    await settled()
    expect(done).to.deep.equal(['drain', 'close'])
  })

  it('ends them in order when it is asked once more, and at once when it is asked again', async () => {
    wish('drain')
    wish('drain')
    wish('drain')
    lastEnds()
    await settled()
    expect(done).to.deep.equal(['drain', 'close', 'force'])
  })

  it('takes what comes twice at once for one wish, and one that asks for more at its word', () => {
    wish('drain')
    wish('drain', 10)
    wish('close', 10)
    wish('close', 10)
    expect(done).to.deep.equal(['drain', 'close'])
  })
})
