import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import type { Peer, PeerEvents } from '../../../edge/peer/peer.ts'
import { acceptOffer } from '../../../edge/peer/weriftPeer.ts'
import { launchChromium } from '../../support/chromium.ts'
import { openReceiver, type ReceiverPage } from '../stream/receiverPage.ts'

const candidateLine = /^a=candidate:.*\r?\n/gm
/** The answer with those candidates only whose address is this one. */
const only = (sdp: string, address: string): string =>
  sdp.replace(candidateLine, (line) => (line.includes(` ${address} `) ? line : ''))

describe('the ways of a real browser to a node', () => {
  let browser: Browser
  let page: ReceiverPage
  let peer: Peer

  before(async function () {
    this.timeout(60_000)
    browser = await launchChromium()
  })
  after(() => browser.close())
  beforeEach(async () => {
    page = await openReceiver(browser)
  })
  afterEach(async () => {
    await page[Symbol.asyncDispose]()
    await peer[Symbol.asyncDispose]()
  })

  async function connect(address: string, events: Partial<PeerEvents> = {}, ipv6 = true): Promise<string> {
    const accepted = await acceptOffer(
      await page.offer('vp8'),
      { codecs: ['vp8'], advertise: [], ipv6 },
      { onInput() {}, onControl() {}, onKeyframeRequest() {}, ...events },
    )
    peer = accepted.peer
    await page.answer(only(accepted.answerSdp, address))
    await peer.connected
    return accepted.answerSdp
  }
  /** Where the browser sends, and how many rounds of ICE it has been through. */
  const path = (): Promise<{ address: string; ufrag: string }> =>
    page.evaluate(`(async () => {
      const stats = await connection.getStats()
      const transport = [...stats.values()].find(({ type }) => type === 'transport')
      const pair = stats.get(transport.selectedCandidatePairId)
      return { address: stats.get(pair.remoteCandidateId).address, ufrag: transport.iceLocalUsernameFragment }
    })()`)
  const echo = async (text: string): Promise<void> => {
    await page.evaluate(`channels.control.send(${JSON.stringify(text)})`)
    await page.until(`received.controls.includes(${JSON.stringify(text)})`)
  }
  const echoing: Partial<PeerEvents> = { onControl: (text) => void peer.sendControl(text) }

  for (const address of ['::1', '127.0.0.1'])
    it(`include ${address} alone`, async () => {
      await connect(address, echoing)
      await echo('hello')
      expect((await path()).address).to.equal(address)
    })

  it('include no IPv6 where it is switched off', async () => {
    const answer = await connect('127.0.0.1', {}, false)
    expect(answer.match(candidateLine)?.join('')).to.not.match(/ [0-9a-f:]*:[0-9a-f:]* \d+ typ/)
  })

  it('change by an ICE restart, on the same handshake and channels, with a keyframe at once', async () => {
    let keyframes = 0
    const first = await connect('127.0.0.1', { ...echoing, onKeyframeRequest: () => (keyframes += 1) })
    await echo('before')
    const before = await path()
    const offer = await page.evaluate<string>(
      '(connection.restartIce(), connection.setLocalDescription().then(() => connection.localDescription.sdp))',
    )
    const answer = await peer.restartIce(offer)
    expect(await peer.restartIce(offer), 'the same offer once more').to.equal(answer)
    const unchanged = (sdp: string): string =>
      sdp.replace(/^(o=|a=ice-ufrag|a=ice-pwd|a=candidate).*\r?\n/gm, '')
    expect(unchanged(answer)).to.equal(unchanged(first))
    expect(answer.match(/^a=ice-ufrag.*/m)?.[0]).to.not.equal(first.match(/^a=ice-ufrag.*/m)?.[0])
    keyframes = 0
    await page.answer(only(answer, '::1'))
    await page.until(
      `(connection.getStats().then((all) => { window.pair = all.get([...all.values()].find(({ type }) => type === 'transport').selectedCandidatePairId); window.remote = all.get(pair?.remoteCandidateId)?.address }), window.remote === '::1')`,
    )
    await echo('after')
    const after = await path()
    expect(after.address).to.equal('::1')
    expect(after.ufrag).to.not.equal(before.ufrag)
    expect(await page.evaluate<string[]>('received.states'))
      .to.include('connected')
      .and.not.include('failed')
    expect(keyframes).to.be.at.least(1)
  })
})
