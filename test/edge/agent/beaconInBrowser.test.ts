import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { type Beacon, startBeacon } from '../../../edge/agent/beacon.ts'
import { launchChromium } from '../../support/chromium.ts'

/** An answer for a data channel from an ICE-lite agent that is not there: only its beacon is. */
const answerText = (beacon: Beacon): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    `a=ice-ufrag:${beacon.ufrag}`,
    `a=ice-pwd:${beacon.password}`,
    `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
    'a=setup:passive',
    'a=sctp-port:5000',
    `a=candidate:1 1 udp 2130706431 127.0.0.1 ${beacon.port} typ host`,
    'a=end-of-candidates',
    '',
  ].join('\r\n')

describe('the beacon, asked by a real browser', function () {
  this.timeout(40_000)
  let browser: Browser
  let beacon: Beacon

  before(async () => {
    browser = await launchChromium()
    beacon = await startBeacon({ port: 0 })
  })
  after(async () => {
    await beacon[Symbol.asyncDispose]()
    await browser.close()
  })

  it('gives it round trips to measure, and nothing else', async () => {
    const page = await browser.newPage()
    const measured = await page.evaluate(async (sdp) => {
      const pc = new RTCPeerConnection()
      pc.createDataChannel('probe')
      await pc.setLocalDescription()
      await pc.setRemoteDescription({ type: 'answer', sdp })
      for (;;) {
        for (const stat of (await pc.getStats()).values()) {
          const pair = stat as RTCIceCandidatePairStats
          if (stat.type !== 'candidate-pair' || (pair.responsesReceived ?? 0) < 3) continue
          const rttMs = ((pair.totalRoundTripTime ?? 0) / (pair.responsesReceived ?? 1)) * 1000
          pc.close()
          return { rttMs, samples: pair.responsesReceived ?? 0 }
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }, answerText(beacon))
    expect(measured.samples).to.be.at.least(3)
    expect(measured.rttMs).to.be.within(0, 50)
    expect(beacon.counters().answered).to.be.at.least(3)
  })
})
