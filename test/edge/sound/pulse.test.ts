import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { BlockBuffer } from '../../../edge/sound/blocks.ts'
import { SampleClock } from '../../../edge/sound/sampleClock.ts'
import { startSound } from '../../../edge/sound/pulse.ts'
import type { SoundServer } from '../../../edge/sound/sound.ts'
import { descendants } from '../../support/processes.ts'
import { until } from '../sandbox/rig.ts'

const loudness = (pcm: Buffer): number => {
  let peak = 0
  for (let i = 0; i < pcm.length; i += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(i)))
  return peak
}

describe('the sound of a session', function () {
  this.timeout(20_000)
  let sessionDir: string
  let sound: SoundServer
  beforeEach(async () => {
    sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-test-sound-'))
    sound = await startSound({ sessionDir, seat: 41 })
  })
  afterEach(async () => {
    await sound[Symbol.asyncDispose]()
    await rm(sessionDir, { recursive: true, force: true })
  })

  it('comes in whole blocks with times that go on evenly, long before a sink of the usual kind gives any', async () => {
    const blocks: { bytes: number; atUs: number }[] = []
    const startMs = performance.now()
    let firstMs = 0
    await sound.record(10, (pcm, atUs) => {
      if (blocks.length === 0) firstMs = performance.now() - startMs
      blocks.push({ bytes: pcm.length, atUs })
    })
    await until('there is a second of it', () => blocks.length >= 100)
    expect(firstMs).to.be.lessThan(1500)
    expect(blocks.every(({ bytes }) => bytes === 1920)).to.equal(true)
    const span = (blocks.at(-1)?.atUs ?? 0) - (blocks[0]?.atUs ?? 0)
    expect(span).to.be.closeTo((blocks.length - 1) * 10_000, 60_000)
    expect((blocks.at(-1)?.atUs ?? 0) / 1000).to.be.closeTo(Date.now(), 500)
  })

  it('is what a player of sound puts in', async () => {
    let peak = 0
    await sound.record(10, (pcm) => {
      peak = Math.max(peak, loudness(pcm))
    })
    const player = execFile(
      'pacat',
      [`--server=unix:${sound.socketFile}`, '--raw', '--rate=48000', '--channels=2'],
      {
        env: { PATH: '/usr/bin:/bin', HOME: sessionDir },
      },
    )
    const samples = Buffer.alloc(48_000)
    for (let i = 0; i < samples.length; i += 2) samples.writeInt16LE(i % 200 < 100 ? 20_000 : -20_000, i)
    player.stdin?.end(samples)
    await until('it is heard', () => peak > 15_000)
    player.kill()
  })

  it('comes back when its recorder dies', async () => {
    let blocks = 0
    await sound.record(10, () => {
      blocks += 1
    })
    await until('there is some', () => blocks > 10)
    const recorder = descendants(process.pid).find(({ name }) => name === 'parec')
    process.kill(recorder?.pid ?? Number.NaN, 'SIGKILL')
    await until('it is gone', () => !descendants(process.pid).some(({ pid }) => pid === recorder?.pid))
    const before = blocks
    await until('there is more', () => blocks > before + 50)
  })

  it('can be let alone by a recorder that is still on its way into its sandbox', async () => {
    for (let times = 0; times < 5; times += 1) {
      const recorder = await sound.record(10, () => {})
      await recorder[Symbol.asyncDispose]()
    }
    expect(descendants(process.pid).filter(({ name }) => name === 'parec')).to.deep.equal([])
  })

  it('is reachable by its own user and root alone', async () => {
    const folder = await stat(join(sessionDir, 'pulse'))
    expect(folder.mode & 0o777).to.equal(0o700)
    if (process.getuid?.() === 0) expect(folder.uid).to.equal(61_041)
  })

  it('leaves nothing when it is closed, and says that it has gone', async () => {
    await sound.record(10, () => {})
    await sound[Symbol.asyncDispose]()
    expect((await sound.exited).reason).to.include('SIGKILL')
    expect(await readdir(sessionDir)).to.deep.equal([])
  })
})

describe('the clock of sound samples', () => {
  it('takes late blocks for late and keeps their times even', () => {
    const clock = new SampleClock(10)
    const times = [10_000, 20_000, 37_000, 40_000, 58_000, 60_000].map((arrived) => clock.next(arrived))
    for (const [i, time] of times.entries()) expect(time).to.be.closeTo(i * 10_000, 15)
  })

  it('corrects itself when a block comes sooner after its samples than those before', () => {
    const clock = new SampleClock(10)
    clock.next(15_000)
    expect(clock.next(20_000)).to.equal(10_000)
  })

  it('starts anew after a gap', () => {
    const clock = new SampleClock(10)
    clock.next(10_000)
    expect(clock.next(1_020_000)).to.equal(1_010_000)
  })
})

describe('blocks of sound', () => {
  it('are whole, whatever the sizes that come in', () => {
    const buffer = new BlockBuffer(4, 2)
    const blocks: number[][] = []
    const push = (...bytes: number[]) => {
      buffer.space.set(bytes)
      buffer.filled(bytes.length, (block) => blocks.push([...block]))
    }
    push(1, 2, 3)
    expect(blocks).to.deep.equal([])
    push(4, 5, 6, 7, 8)
    push(9)
    push(10, 11, 12, 13)
    expect(blocks).to.deep.equal([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ])
  })
})
