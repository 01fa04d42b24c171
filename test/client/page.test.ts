import { expect } from 'chai'
import { availabilityOf, matches } from '../../client/library/availability.ts'
import { parseAddress } from '../../client/play/address.ts'
import { shortcutOf } from '../../client/play/shortcuts.ts'
import { startsPlay } from '../../client/play/startKey.ts'
import { defaultQuality, qualityOf, streamFor } from '../../client/player/quality.ts'
import { bitrateText, clockText, elapsedText, msText } from '../../client/ui/format.ts'
import { parseSettings } from '../../client/ui/settings.ts'
import { streamRequest } from '../../config/protocol/stream.ts'

const display = { widthPx: 1280, heightPx: 720, fps: 60 }

describe('quality', () => {
  it('asks for the title’s own picture unless less was chosen', () => {
    expect(streamFor(display, defaultQuality)).to.deep.equal({
      widthPx: 1280,
      heightPx: 720,
      fps: 60,
      maxBitrateBps: 8_000_000,
    })
    expect(
      streamFor(display, { ...defaultQuality, heightPx: 540, fps: 30, maxBitrateBps: 3_000_000 }),
    ).to.deep.equal({
      widthPx: 960,
      heightPx: 540,
      fps: 30,
      maxBitrateBps: 3_000_000,
    })
    expect(streamFor({ ...display, fps: 35 }, defaultQuality).fps).to.equal(35)
  })

  it('saves data whatever else is chosen, and asks for no more than was chosen', () => {
    const saving = { ...defaultQuality, maxBitrateBps: 25_000_000, dataSaver: true }
    expect(streamFor(display, saving)).to.deep.equal({
      widthPx: 960,
      heightPx: 540,
      fps: 30,
      maxBitrateBps: 1_500_000,
    })
    expect(streamFor(display, { ...saving, heightPx: 360 }).heightPx).to.equal(360)
    expect(qualityOf({ dataSaver: true }).dataSaver).to.equal(true)
    expect(qualityOf({ dataSaver: 'yes' }).dataSaver).to.equal(false)
  })

  it('is always a stream that the wire takes, with even sizes', () => {
    for (const heightPx of [null, 720, 540, 360] as const)
      for (const title of [
        display,
        { widthPx: 405, heightPx: 721, fps: 50 },
        { widthPx: 320, heightPx: 200, fps: 10 },
      ]) {
        const stream = streamFor(title, { ...defaultQuality, heightPx })
        expect(streamRequest.safeParse(stream).success).to.equal(true)
        expect([stream.widthPx % 2, stream.heightPx % 2]).to.deep.equal([0, 0])
      }
  })

  it('falls back part by part on what storage holds', () => {
    expect(qualityOf({ heightPx: 540, fps: 17, maxBitrateBps: 'x' })).to.deep.equal({
      ...defaultQuality,
      heightPx: 540,
    })
    expect(qualityOf(null)).to.deep.equal(defaultQuality)
  })
})

describe('remembered settings', () => {
  it('survive anything that storage may hold', () => {
    for (const text of [null, '', '{', '[]', 'null', '{"volume":"loud"}', '{"volume":1e999}'])
      expect(parseSettings(text, text)).to.deep.equal({
        volume: 1,
        muted: false,
        overlay: false,
        quality: defaultQuality,
      })
    expect(parseSettings('{"volume":3,"muted":true}', null)).to.deep.include({ volume: 1, muted: true })
  })
})

describe('play address', () => {
  it('names a title, and how to start', () => {
    expect(parseAddress('/play/latency-lab', '?autostart=1')).to.deep.equal({
      titleId: 'latency-lab',
      testToken: null,
      eventToken: null,
      autostart: true,
      fresh: false,
      sessionId: null,
      party: null,
    })
    expect(parseAddress('/play/freedoom/', '?session=abc_1&new=1&party=abcd2345efgh')).to.deep.equal({
      titleId: 'freedoom',
      testToken: null,
      eventToken: null,
      autostart: false,
      fresh: true,
      sessionId: 'abc_1',
      party: 'abcd2345efgh',
    })
  })

  it('may be a private link to what is staged', () => {
    const token = 'a_-Z'.repeat(8)
    expect(parseAddress(`/test/${token}`, '')).to.deep.include({ titleId: null, testToken: token })
    for (const path of ['/test/', `/test/${token}x`, `/test/${token}/x`, `/play/${token}`])
      expect(parseAddress(path, '').testToken).to.equal(null)
  })

  it('may be the link of an event', () => {
    const token = 'a_-Z'.repeat(6)
    expect(parseAddress('/play/x', `?event=${token}`).eventToken).to.equal(token)
    expect(parseAddress('/play/x', '?event=short').eventToken).to.equal(null)
  })

  it('takes no nonsense for a title or a session', () => {
    for (const path of ['/play/', '/play/UPPER', '/play/a%2Fb', '/play/a/b', '/'])
      expect(parseAddress(path, '').titleId).to.equal(null)
    expect(parseAddress('/play/x', '?session=../../me').sessionId).to.equal(null)
  })
})

const key = (name: string, change: Record<string, boolean> = {}) => ({
  key: name,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  ...change,
})

describe('keys of the page', () => {
  it('start a game, but for those that serve the browser or move the focus', () => {
    for (const name of ['a', 'Enter', ' ', 'ArrowUp', '1']) expect(startsPlay(key(name)), name).to.equal(true)
    for (const name of ['Tab', 'Escape', 'Shift', 'Control', 'F5', 'F12', 'Meta'])
      expect(startsPlay(key(name)), name).to.equal(false)
    expect(startsPlay(key('r', { ctrlKey: true }))).to.equal(false)
    expect(startsPlay(key('a', { repeat: true }))).to.equal(false)
  })

  it('keep no more than four combinations from the game, and one more in a frame', () => {
    const all = { ctrlKey: true, altKey: true, shiftKey: true }
    expect(
      ['KeyS', 'KeyM', 'KeyF', 'KeyX', 'KeyA'].map((code) => shortcutOf({ code, ...all })),
    ).to.deep.equal(['overlay', 'bar', 'fullscreen', 'leave', null])
    expect(shortcutOf({ code: 'KeyS', ...all, altKey: false })).to.equal(null)
    expect(shortcutOf({ code: 'F11', ctrlKey: false, altKey: false, shiftKey: false })).to.equal('fullscreen')
  })
})

describe('figures for people', () => {
  it('count down to zero and never below, and count up in whole seconds', () => {
    expect([clockText(89_200), clockText(0), clockText(-5), clockText(3_723_000)]).to.deep.equal([
      '1:30',
      '0:00',
      '0:00',
      '1:02:03',
    ])
    expect(elapsedText(59_990)).to.equal('0:59')
  })

  it('show as many digits as a measurement deserves', () => {
    expect([msText(3.21), msText(21.7), msText(null)]).to.deep.equal(['3.2', '22', '–'])
    expect([bitrateText(8_000_000), bitrateText(430_400)]).to.deep.equal(['8.0 Mbit/s', '430 kbit/s'])
  })
})

describe('catalogue', () => {
  it('says whether a seat is free, all are taken, or no node is there', () => {
    expect(availabilityOf({ available: true, seatsFree: 1 }).text).to.equal('1 seat free')
    expect(availabilityOf({ available: true, seatsFree: 0 }).kind).to.equal('busy')
    expect(availabilityOf({ available: false, seatsFree: 0 }).kind).to.equal('none')
  })

  it('finds titles by any words of theirs, in any order', () => {
    const title = {
      name: 'SuperTux',
      tagline: 'Run and jump',
      genre: 'Platformer',
      description: 'Ice.',
    } as Parameters<typeof matches>[0]
    expect([matches(title, 'jump tux'), matches(title, 'PLATFORM'), matches(title, 'shooter')]).to.deep.equal(
      [true, true, false],
    )
  })
})
