import { expect } from 'chai'
import type { CheckMeasures } from '../../../config/protocol/check.ts'
import { hasPassed, judge as judgeBoth } from '../../../server/publishing/judge.ts'
import { saves, type StartedAgain } from '../../../server/publishing/judgeSaves.ts'

const title = { display: { widthPx: 1280, heightPx: 720, fps: 60 } }
const notTried: StartedAgain = { kind: 'not-tried' }
const judge = (measures: CheckMeasures, manifest: Parameters<typeof judgeBoth>[2], atMs: number) =>
  judgeBoth(measures, notTried, manifest, atMs)
const full = { xPx: 0, yPx: 0, widthPx: 1280, heightPx: 720 }
const good: CheckMeasures = {
  firstPictureMs: 900,
  framesBySecond: [12, 60, 59, 60, 58, 60, 60, 59],
  changedByInput: 0.4,
  inputs: ['Enter', 'Space'],
  loudestDbfs: -21.5,
  hasSoundServer: true,
  windows: [{ xPx: 900, yPx: 0, widthPx: 1, heightPx: 1 }, full],
  access: { by: 'calls', reached: [], wrote: [], lost: [] },
  saves: null,
  exit: { kind: 'exited', code: 0, asked: true, tookMs: 240 },
  pictures: [],
  log: ['hello'],
}

describe('the check of a version', () => {
  const cases: readonly [string, Partial<CheckMeasures>, readonly string[]][] = [
    ['passes a title that does everything right', {}, []],
    [
      'passes one that is killed by the signal that asks it to end',
      { exit: { kind: 'signalled', signal: 'SIGTERM', asked: true, tookMs: 9 } },
      [],
    ],
    ['passes a title of cards, in which hardly anything moves', { framesBySecond: [0, 1, 0, 2, 0, 1] }, []],
    [
      'passes one whose loading is slow and whose play is not',
      { framesBySecond: [6, 8, 7, 60, 60, 60, 60, 12] },
      [],
    ],
    [
      'passes the window that a browser makes a pixel too large',
      { windows: [{ ...full, widthPx: 1281, heightPx: 721 }] },
      [],
    ],
    ['fails one that stays dark', { firstPictureMs: null }, ['first-picture']],
    ['fails one that is late', { firstPictureMs: 31_000 }, ['first-picture']],
    ['fails one that is slower than it promises', { framesBySecond: [30, 31, 30, 29, 30] }, ['frames']],
    ['fails one that never reacts', { changedByInput: 0.001 }, ['reacts']],
    ['fails one that is silent', { loudestDbfs: null }, ['sound']],
    [
      'fails one that fills a part of the screen',
      { windows: [{ ...full, widthPx: 800, heightPx: 600 }] },
      ['resolution'],
    ],
    ['fails one without a window', { windows: [] }, ['resolution']],
    [
      'fails one whose launcher stays on top',
      { windows: [full, { xPx: 300, yPx: 200, widthPx: 400, heightPx: 200 }] },
      ['pop-ups'],
    ],
    [
      'fails a launcher that nothing comes after',
      { windows: [{ xPx: 300, yPx: 200, widthPx: 400, heightPx: 200 }] },
      ['resolution'],
    ],
    [
      'lets a launcher be that is behind the game',
      { windows: [{ xPx: 300, yPx: 200, widthPx: 400, heightPx: 200 }, full] },
      [],
    ],
    [
      'fails one that crashes when it is asked to end',
      { exit: { kind: 'signalled', signal: 'SIGSEGV', asked: true, tookMs: 9 } },
      ['exit'],
    ],
    [
      'fails one that ends by itself',
      { exit: { kind: 'exited', code: 0, asked: false, tookMs: 0 } },
      ['exit'],
    ],
    ['fails one that stays', { exit: { kind: 'stayed' } }, ['exit']],
    [
      'fails one that runs out of memory',
      { exit: { kind: 'outOfMemory', asked: false, tookMs: 0 } },
      ['exit'],
    ],
    [
      'fails one that asks for a network',
      { access: { by: 'requests', reached: ['updates.example:443'], wrote: [], lost: [] } },
      ['network'],
    ],
    [
      'fails one that writes what is not its own',
      { access: { by: 'calls', reached: [], wrote: ['/etc/game.conf'], lost: [] } },
      ['files'],
    ],
  ]
  for (const [promise, change, failing] of cases)
    it(promise, () => {
      const report = judge({ ...good, ...change }, title, 5)
      expect(report.items.filter(({ passed }) => !passed).map(({ name }) => name)).to.deep.equal(failing)
      expect(hasPassed(report)).equals(failing.length === 0)
      for (const { passed, measured, next } of report.items) {
        expect(measured).not.equals('')
        expect(next === null, measured).equals(passed)
        if (next !== null) expect(next.length).to.be.within(20, 500)
      }
    })

  const notes = (report: ReturnType<typeof judge>) =>
    report.items.filter(({ passed, next }) => passed && next !== null).map(({ name }) => name)

  it('says what is worth a look, and stands in nobody’s way for it', () => {
    const tried = { by: 'calls', reached: ['192.0.2.1:80'], wrote: [], lost: ['/opt/title/save'] } as const
    const access = { ...tried, reached: [...tried.reached], wrote: [], lost: [...tried.lost] }
    const known = judge({ ...good, access }, { ...title, network: 'none' }, 5)
    expect([hasPassed(known), notes(known)]).to.deep.equal([true, ['network', 'files']])
    const blind = judge({ ...good, access: null }, title, 5)
    expect([hasPassed(blind), notes(blind)]).to.deep.equal([true, ['network', 'files']])
  })

  it('takes a silent title at its word', () => {
    expect(hasPassed(judge({ ...good, loudestDbfs: null }, { ...title, sound: 'none' }, 5))).equals(true)
  })

  it('says what was measured, and to set the rate that the title has', () => {
    const report = judge({ ...good, framesBySecond: [30, 30, 30, 30] }, title, 5)
    const frames = report.items.find(({ name }) => name === 'frames')
    expect(frames?.measured).equals('30 of 60 frames a second')
    expect(frames?.next).to.include('set display.fps to 30')
    expect(report.log).to.deep.equal(['hello'])
  })
})

describe('the saves of a version', () => {
  const file = { path: 'save1', size: 3, sha256: 'a'.repeat(64) }
  const made = { saves: { files: [file, { ...file, path: 'save2' }], others: [] } }
  const back = { firstPictureMs: 900, saves: made.saves.files, exit: good.exit, log: ['read it'] }
  const cases: readonly [string, StartedAgain, boolean][] = [
    ['pass where all came back and it started', { kind: 'started', found: back }, true],
    ['fail where one is gone', { kind: 'started', found: { ...back, saves: [file] } }, false],
    [
      'fail where one is another',
      {
        kind: 'started',
        found: { ...back, saves: [file, { ...file, path: 'save2', sha256: 'b'.repeat(64) }] },
      },
      false,
    ],
    [
      'fail where it stays dark with them',
      { kind: 'started', found: { ...back, firstPictureMs: null } },
      false,
    ],
    [
      'fail where it ends by itself with them',
      { kind: 'started', found: { ...back, exit: { kind: 'exited', code: 1, asked: false, tookMs: 0 } } },
      false,
    ],
    ['fail where it cannot be started', { kind: 'failed', measured: 'start-failed' }, false],
  ]
  for (const [promise, again, passes] of cases)
    it(promise, () => {
      const { passed, next } = saves(made, again, ['save*'])
      expect([passed, next === null]).to.deep.equal([passes, passes])
    })

  it('are no failure where none were made: what else was written is named', () => {
    const { passed, measured, next } = saves({ saves: { files: [], others: ['.mygame/slot1'] } }, notTried, [
      'x',
    ])
    expect(passed).equals(true)
    expect(measured).to.include('.mygame/slot1')
    expect(next).to.include('test link')
    expect(saves({ saves: null }, notTried, undefined)).to.include({ passed: true, next: null })
  })

  it('have their second log in the report', () => {
    const report = judgeBoth(
      { ...good, ...made },
      { kind: 'started', found: back },
      { ...title, saves: ['save*'] },
      5,
    )
    expect(report.log).to.deep.equal(['hello', 'read it'])
  })
})
