import { expect } from 'chai'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { anyLight } from '../../../edge/session/firstPicture.ts'
import { gameEnd } from '../../../edge/session/gameEnd.ts'
import { chooseStream } from '../../../edge/session/streamChoice.ts'

describe('what a player gets of the stream asked for', () => {
  const display = { widthPx: 1280, heightPx: 720, fps: 60 }
  const cases = [
    ['all of it where it fits', {}, { widthPx: 1280, heightPx: 720, fps: 60 }],
    [
      'never more than the title draws',
      { widthPx: 1920, heightPx: 1080, fps: 120 },
      { widthPx: 1280, fps: 60 },
    ],
    ['smaller in the title’s proportions', { widthPx: 854, heightPx: 600 }, { widthPx: 854, heightPx: 480 }],
    ['even sides', { widthPx: 333, heightPx: 333 }, { widthPx: 332, heightPx: 186 }],
    ['fewer pictures', { fps: 30 }, { fps: 30 }],
  ] as const
  for (const [what, asked, expected] of cases) {
    it(what, () => {
      expect(chooseStream({ ...defaultStream, ...asked }, display)).to.include(expected)
    })
  }
})

describe('how a game’s end is told', () => {
  const log = ['', 'one', 'two', '  ', 'three', 'four']
  const cases = [
    [{ kind: 'exited', code: 0 }, 'game-exited', null],
    [{ kind: 'exited', code: 3 }, 'game-crashed', 'exit code 3 · two · three · four'],
    [{ kind: 'signalled', signal: 'SIGSEGV' }, 'game-crashed', 'signal SIGSEGV · two · three · four'],
    [{ kind: 'outOfMemory' }, 'game-crashed', 'out of memory · two · three · four'],
  ] as const
  for (const [exit, reason, detail] of cases) {
    it(`${exit.kind}: ${reason}`, () => {
      expect(gameEnd(exit, log)).to.deep.equal({ reason, detail })
    })
  }

  it('in few words, whatever it wrote', () => {
    expect(gameEnd({ kind: 'exited', code: 1 }, ['x'.repeat(5000)]).detail).to.have.length(300)
  })
})

describe('the first picture', () => {
  it('is seen when some of it is not black, whatever the unused bytes hold', () => {
    const view = Buffer.alloc(320 * 200 * 4)
    const screen = { view, strideBytes: 320 * 4, widthPx: 320, heightPx: 200 }
    for (let at = 3; at < view.length; at += 4) view[at] = 0xff
    expect(anyLight(screen)).to.equal(false)
    view.fill(0x40, (100 * 320 + 1) * 4, (100 * 320 + 100) * 4)
    expect(anyLight(screen)).to.equal(true)
  })
})
