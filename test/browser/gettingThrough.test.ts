import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { errorCatalogue } from '../../config/errors.ts'
import { turnCredentials } from '../../server/turn/credentials.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Coturn, startCoturn } from '../support/coturn.ts'
import { canHaveLaptop, type Laptop, openLaptop } from '../support/laptop.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { endPlay, newContext, openTitle, playLab, sessionIdOf, untilLab } from './lab.ts'

/** RFC 5737: nobody's address, so only the test's NAT answers there. */
const publicAddress = '203.0.113.7'
const ports = [47_320, 47_321] as const

/** The page sees these relays only, of all that the router names. */
const relayFilter = (kept: string): string => `
  const { setConfiguration } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    const iceServers = (configuration.iceServers ?? []).map((server) =>
      ({ ...server, urls: server.urls.filter((url) => url === ${JSON.stringify(kept)}) }))
    return setConfiguration.call(this, { ...configuration, iceServers: iceServers.filter(({ urls }) => urls.length > 0) })
  }`

declare global {
  interface Window {
    /** What each configuration of the page's connections allowed, in turn. */
    policies: (string | undefined)[]
  }
}
const notePolicies = `
  window.policies = []
  const { setConfiguration: configure } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    window.policies.push(configuration.iceTransportPolicy)
    return configure.call(this, configuration)
  }`

describe('a player whom the node cannot be reached from directly', function () {
  this.timeout(120_000)
  let laptop: Laptop
  let coturn: Coturn
  let network: Network
  let browser: Browser
  let nat: ChildProcess | null = null

  before(async function () {
    if (!canHaveLaptop()) this.skip()
    laptop = openLaptop(2)
    laptop.plug(0)
    laptop.own(publicAddress)
    coturn = await startCoturn(laptop.host, [47_350, 47_351])
    network = await startNetwork({
      router: {
        NEARCADE_TURN_URLS: Object.values(coturn.urls).join(','),
        NEARCADE_TURN_SECRET: coturn.secret,
      },
      edge: {
        NEARCADE_SEATS: '2',
        NEARCADE_ADVERTISE: publicAddress,
        NEARCADE_ANNOUNCE_OWN: 'no',
        NEARCADE_UDP_PORTS: ports.join('-'),
      },
      host: laptop.host,
    })
    browser = await launchChromium(
      [`--unsafely-treat-insecure-origin-as-secure=${network.url}`, '--ignore-certificate-errors'],
      laptop.chromium,
    )
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    await stopNat()
    await coturn?.[Symbol.asyncDispose]()
    laptop?.close()
  })

  async function startNat(): Promise<void> {
    const program = path.resolve(import.meta.dirname, '../support/natProgram.ts')
    nat = laptop.start(
      process.execPath,
      ...['--import', 'tsx', program, publicAddress, laptop.host, ...ports.map(String)],
    )
    let listening = 0
    while (nat.stdout !== null && listening < ports.length) {
      const [chunk] = (await once(nat.stdout, 'data')) as [Buffer]
      listening += chunk.toString().trim().split('\n').length
    }
  }
  async function stopNat(): Promise<void> {
    if (nat === null) return
    const exited = once(nat, 'exit')
    nat.kill('SIGKILL')
    await exited
    nat = null
  }
  async function contextWith(relay: string): Promise<BrowserContext> {
    const context = await newContext(browser)
    await context.addInitScript({ content: relayFilter(relay) })
    return context
  }
  async function playsKeys(page: Page): Promise<void> {
    const { presses } = await untilLab(page, 'the lab', () => true)
    await page.keyboard.press('KeyB')
    await untilLab(page, 'the key counts', (seen) => seen.presses === presses + 1)
  }

  it('is told what was tried and what to do, and plays by `Try again` once there is a way', async () => {
    const context = await contextWith('none')
    const page = await openTitle(context, network, 'latency-lab', '?autostart=1')
    await page.getByText(errorCatalogue['connect-failed'].what).waitFor({ timeout: 40_000 })
    const text = (await page.locator('[data-role="panel"]').textContent()) ?? ''
    expect(text).to.contain(errorCatalogue['connect-failed'].next)
    expect(text).to.contain(`${publicAddress}:${ports[0]}`).and.to.contain('No relay (TURN) is set up')
    const id = await sessionIdOf(page)
    await startNat()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.waitForFunction(() => window.nearcade.phase === 'playing')
    expect(await sessionIdOf(page)).to.equal(id)
    await playsKeys(page)
    await endPlay(page)
    await context.close()
  })

  it('plays through a 1:1 NAT by the advertised address, beside another player behind the same address', async () => {
    if (nat === null) await startNat()
    const players = [await contextWith('none'), await contextWith('none')]
    const pages = await Promise.all(players.map((context) => playLab(context, network)))
    for (const page of pages) await playsKeys(page)
    const [first, second] = pages as [Page, Page]
    await first.keyboard.press('KeyB')
    const theirs = await untilLab(first, 'its own key', ({ presses }) => presses === 2)
    expect(theirs.presses).to.equal(2)
    expect((await untilLab(second, 'its own picture', () => true)).presses).to.equal(1)
    for (const page of pages) await endPlay(page)
    for (const context of players) await context.close()
  })

  for (const way of ['udp', 'tcp', 'tls'] as const) {
    it(`plays through a relay over ${way}, where nothing else gets through`, async () => {
      await stopNat()
      const context = await contextWith(coturn.urls[way])
      const page = await playLab(context, network)
      await playsKeys(page)
      await endPlay(page)
      await context.close()
    })
  }

  it('tries nothing but a relay, once probing has found that UDP reaches no node', async () => {
    await stopNat()
    const context = await contextWith(coturn.urls.tcp)
    await context.addInitScript({ content: notePolicies })
    const page = await context.newPage()
    await page.addInitScript({ content: await probeScript() })
    await page.goto(network.url)
    await page.waitForFunction(() => sessionStorage.getItem('nearcade.probes.v2')?.includes('websocket'))
    await page.goto(`${network.url}/play/latency-lab?autostart=1`)
    await page.waitForFunction(() => window.nearcade?.phase === 'playing')
    await playsKeys(page)
    expect(await page.evaluate(() => window.policies.at(-1))).to.equal('relay')
    const report = await page.evaluate(
      async (id) => {
        const answer = await fetch(`/api/sessions/${id}/placement`)
        return (await answer.json()) as { candidates: { rttSource: string }[] }
      },
      await sessionIdOf(page),
    )
    expect(report.candidates[0]?.rttSource, 'the way to the router says nothing of the node').to.not.equal(
      'probe',
    )
    await endPlay(page)
    await context.close()
  })

  it('gets no relay with credentials that have run out or were made up', async () => {
    const page = await newContext(browser).then((context) => context.newPage())
    await page.goto(network.url)
    const relaysWith = (secret: string, lifetimeMs: number): Promise<string[]> =>
      page.evaluate(
        async ({ urls, credentials }) => {
          const pc = new RTCPeerConnection({
            iceServers: [{ urls, ...credentials }],
            iceTransportPolicy: 'relay',
          })
          pc.createDataChannel('any')
          const found: string[] = []
          const done = new Promise<void>((resolve) => {
            pc.onicecandidate = ({ candidate }) => {
              if (candidate === null) resolve()
              else if (candidate.type !== null) found.push(candidate.type)
            }
          })
          pc.onicecandidateerror = ({ errorCode }) => found.push(String(errorCode))
          await pc.setLocalDescription()
          await done
          pc.close()
          return found
        },
        {
          urls: coturn.urls.tcp,
          credentials: turnCredentials({ secret, lifetimeMs }, 'somebody', Date.now()),
        },
      )
    expect(await relaysWith(coturn.secret, 60_000)).to.include('relay')
    expect(await relaysWith(coturn.secret, -60_000))
      .to.include('401')
      .and.to.not.include('relay')
    expect(await relaysWith('guessed', 60_000))
      .to.include('401')
      .and.to.not.include('relay')
    await page.close()
  })
})
