import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { madeApiKey } from '../../config/protocol/account.ts'
import type { TitleStats } from '../../config/protocol/publishing.ts'
import { runCli } from '../client/cli/support/cli.ts'
import { makeOrganisation, openBrowser, signUp } from '../server/accounts/browser.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { cover, manifest, page, script } from './bouncingSquare.ts'
import { newContext, sessionIdOf, untilState } from './lab.ts'
import { expectGoodSight, tabTo } from './sight.ts'

describe('the publisher’s console', function () {
  this.timeout(180_000)
  let network: Network
  let browser: Browser
  let context: BrowserContext
  let console_: Page
  let folder: string

  before(async () => {
    network = await startNetwork({ edge: { NEARCADE_SEATS: '2' } })
    browser = await launchChromium()
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-build-'))
    context = await newContext(browser)
    context.setDefaultTimeout(12_000)
    console_ = await context.newPage()
    // From now on choosers are told of, and not only from some time after somebody waits for one.
    console_.on('filechooser', () => undefined)
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  /** A folder with a build in it. */
  async function build(
    name: string,
    manifestText: string,
    more: Readonly<Record<string, Buffer>> = {},
  ): Promise<string> {
    const root = path.join(folder, name)
    await mkdir(path.join(root, 'js'), { recursive: true })
    const files: Readonly<Record<string, string | Buffer>> = {
      'nearcade.title.json': manifestText,
      'index.html': page,
      'js/game.js': script,
      'cover.png': cover,
      ...more,
    }
    for (const [file, content] of Object.entries(files)) await writeFile(path.join(root, file), content)
    return root
  }

  /** Seats for an event, by keyboard from the first to the last press. */
  async function bookAndCancel(): Promise<void> {
    const part = console_.getByRole('region', { name: 'Events' })
    await part.getByText('None yet.').waitFor()
    await part.getByText('Book seats for an event').focus()
    await console_.keyboard.press('Enter')
    await part.getByLabel('Name').fill('Launch')
    await part.getByLabel('Where').selectOption('sites')
    await part.getByText('1 of 2 seats can be booked').waitFor()
    await part.getByLabel(/^Seats at /).fill('1')
    await expectGoodSight(console_, 'booking an event')
    await part.getByText(/^Times are in .+\(GMT/).waitFor()
    await part.getByRole('button', { name: 'Book them' }).focus()
    await console_.keyboard.press('Enter')
    await part.getByText('1 seat is booked:').waitFor()
    await part.getByText(/^(?:booked|warming up)$/).waitFor()
    await part.getByRole('button', { name: 'Cancel Launch' }).focus()
    await console_.keyboard.press('Enter')
    await console_.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click()
    await part.getByText('cancelled', { exact: true }).waitFor()
  }

  /** Its link, pages that may show it, and a launch key that signs for its users; by keyboard where it changes something. */
  async function embedAndRevoke(): Promise<void> {
    const part = console_.getByRole('region', { name: 'Links and pages' })
    expect(await part.getByLabel('Its link').inputValue()).to.equal(`${network.url}/play/bouncing-square`)
    expect(await part.getByLabel('In a page of yours').inputValue()).to.include(
      '<nearcade-player game="bouncing-square">',
    )
    await part.getByText('None yet: browsers refuse it').waitFor()
    await part.getByLabel('Allow pages of').fill('https://shop.example/page')
    await console_.keyboard.press('Enter')
    await part
      .getByRole('alert')
      .getByText(/must be an origin/)
      .waitFor()
    await part.getByLabel('Allow pages of').fill('https://shop.example/')
    await console_.keyboard.press('Enter')
    await part.getByText('https://shop.example', { exact: true }).waitFor()
    const policy = (await fetch(`${network.url}/embed/bouncing-square`)).headers.get(
      'content-security-policy',
    )
    expect(policy).to.include("frame-ancestors 'self' https://shop.example")
    await part.getByRole('button', { name: 'Let only our users play it' }).focus()
    await console_.keyboard.press('Enter')
    await console_.getByRole('dialog').getByRole('button', { name: 'Only our users' }).click()
    await part.getByText('Only your own users').waitFor()
    await part.getByRole('button', { name: 'Let everybody play it' }).click()
    await part.getByText(/^Everybody, on/).waitFor()

    const keys = console_.getByRole('region', { name: 'Launch keys' })
    await keys.getByText('None yet.').waitFor()
    await keys.getByText('Make a launch key').focus()
    await console_.keyboard.press('Enter')
    await keys.getByLabel('Name of the launch key').fill('Shop')
    await console_.keyboard.press('Enter')
    const pem = await keys.getByLabel(/is made\. Take its private half now/).inputValue()
    await keys.getByText(/never used/).waitFor()
    await expectGoodSight(console_, 'a launch key')
    const { kid, alg, iss } = await keys.locator('[data-role=fresh-launch-key]').evaluate((fresh) => {
      const [algorithm = '', key = '', issuer = ''] = [...fresh.querySelectorAll('code')].map(
        (one) => one.textContent,
      )
      return { kid: key, alg: algorithm, iss: issuer }
    })
    const nowS = Math.floor(Date.now() / 1000)
    const claims = {
      iss,
      sub: 'u',
      title: 'bouncing-square',
      aud: network.url,
      iat: nowS,
      exp: nowS + 60,
      jti: randomUUID(),
    }
    const text = [{ alg, kid }, claims]
      .map((one) => Buffer.from(JSON.stringify(one)).toString('base64url'))
      .join('.')
    const key = createPrivateKey(pem)
    const signature = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), {
      key,
      dsaEncoding: 'ieee-p1363',
    })
    const launchToken = `${text}.${signature.toString('base64url')}`
    const launched = await fetch(`${network.url}/api/embed/guests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ titleId: 'bouncing-square', launchToken }),
    })
    expect(launched.status, await launched.text()).to.equal(201)
    await keys.getByRole('button', { name: 'Revoke Shop' }).focus()
    await console_.keyboard.press('Enter')
    await console_.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await keys.getByText('None yet.').waitFor()
    expect(await keys.innerHTML()).not.to.include('PRIVATE KEY')
  }

  /** As from the desk's file manager. */
  async function drop(root: string): Promise<void> {
    await forgetLast()
    const zone = console_.locator('[data-role=upload] .drop')
    await zone.scrollIntoViewIfNeeded()
    const box = await zone.boundingBox()
    if (box === null) throw new Error('nowhere to drop')
    const devtools = await context.newCDPSession(console_)
    const at = {
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      data: { items: [], files: [root], dragOperationsMask: 1 },
    }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await devtools.send('Input.dispatchDragEvent', { type, ...at })
    await devtools.detach()
  }

  /** What is said of the build before counts no more. */
  const forgetLast = (): Promise<void> =>
    console_.evaluate(() => {
      for (const said of document.querySelectorAll('[data-role=arrived], [role=alert]'))
        said.setAttribute('data-before', '')
    })

  /** A build is there; fails with what the page says instead. */
  async function arrived(text: string): Promise<void> {
    const said = await console_.waitForFunction((wanted) => {
      const [done, alert] = ['[data-role=arrived]', '[role=alert]'].map(
        (selector) =>
          document.querySelector(`[data-role=upload] ${selector}:not([data-before])`)?.textContent ?? '',
      )
      return done?.includes(wanted) === true ? done : alert
    }, text)
    expect(await said.jsonValue()).to.include(text)
  }

  it('leads from nothing to an account and an organisation', async () => {
    await console_.goto(`${network.url}/publisher`)
    await console_.getByRole('heading', { name: 'Bring your games to players' }).waitFor()
    await expectGoodSight(console_, 'the console for a guest')
    await console_.getByRole('link', { name: 'Make an account' }).click()
    await console_.getByLabel('Name').fill('Ana Silva')
    await console_.getByLabel('E-mail address').fill('ana@example.org')
    await console_.getByLabel('Password').fill('a quiet harbour 7')
    await console_.getByRole('button', { name: 'Make the account' }).click()
    await console_.getByRole('heading', { name: 'Make your first organisation' }).waitFor()
    await expectGoodSight(console_, 'a first organisation')
    await console_.getByLabel('Name').fill('Quiet Harbour Games')
    await console_.getByRole('button', { name: 'Make it' }).click()
    await console_.getByRole('heading', { name: 'Titles' }).waitFor()
    await console_.getByText('None yet').waitFor()
    await expectGoodSight(console_, 'no titles')
  })

  it('names the fields that are wrong in a manifest, before anything is sent', async () => {
    const wrong = manifest('1.0.0', {
      display: { widthPx: 640, heightPx: 360, fps: 1000 },
      cover: 'nowhere.png',
    })
    await drop(await build('wrong', JSON.stringify(wrong)))
    const alert = console_.locator('[data-role=upload]').getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).to.match(/display\.fps is out of range|display\.fps .*120/)
    await expectGoodSight(console_, 'a faulty manifest')
    const list = await console_.request.get(`${network.url}/api/account`)
    expect(list.ok()).to.equal(true)
    await console_.getByText('None yet').waitFor()
  })

  it('takes a folder by drag and drop, and shows its version', async () => {
    await drop(await build('first', JSON.stringify(manifest('1.0.0'))))
    await arrived('Bouncing Square 1.0.0 is here')
    await console_.getByRole('link', { name: 'Bouncing Square', exact: true }).waitFor()
    await expectGoodSight(console_, 'a list of titles')
    await console_.getByRole('link', { name: 'See it' }).click()
    await console_.getByRole('heading', { name: 'Bouncing Square', level: 1 }).waitFor()
    const row = console_.getByRole('row', { name: /^1\.0\.0/ })
    expect(await row.innerText()).to.match(/Ana Silva/)
    await expectGoodSight(console_, 'a title')
  })

  it('takes the next version by keyboard alone', async () => {
    const root = await build('second', JSON.stringify(manifest('1.1.0')))
    await console_.getByRole('heading', { name: 'Bouncing Square', level: 1 }).focus()
    await forgetLast()
    await tabTo(console_, 'Choose a folder')
    const chosen = console_.waitForEvent('filechooser')
    await console_.keyboard.press('Enter')
    await (await chosen).setFiles(root)
    await arrived('Bouncing Square 1.1.0 is here')
    await console_.getByRole('row', { name: /^1\.1\.0/ }).waitFor()
  })

  it('brings a picture of its own by keyboard, says what is in it, and has it back once it was removed', async () => {
    const shots = console_.locator('[data-kind=screenshot]')
    await console_.getByRole('button', { name: 'Choose screenshots' }).focus()
    const chosen = console_.waitForEvent('filechooser')
    await console_.keyboard.press('Enter')
    const buffer = await console_.screenshot()
    await (await chosen).setFiles({ name: 'shot.png', mimeType: 'image/png', buffer })
    const picture = shots.locator('[data-state=done] img')
    await picture.waitFor({ timeout: 60_000 })
    await shots.getByLabel('Description').fill('A square between two walls')
    await console_.keyboard.press('Tab')
    await console_.getByText('The description is saved.').waitFor()
    await console_.waitForFunction(
      (image) => image instanceof HTMLImageElement && image.naturalWidth > 0,
      await picture.elementHandle(),
    )
    await expectGoodSight(console_, 'media')
    await console_.getByRole('button', { name: 'Remove shot.png' }).press('Enter')
    await picture.waitFor({ state: 'detached' })
    // The focus is on Undo.
    await console_.keyboard.press('Enter')
    await picture.waitFor()
    expect(await shots.getByLabel('Description').inputValue()).to.equal('A square between two walls')
  })

  it('goes on with an upload where a reload cut it off, and sends nothing twice', async () => {
    const bytes = 24 * 1024 * 1024
    const data = Buffer.alloc(bytes)
    for (let at = 0; at < bytes; at += 4) data.writeUInt32LE((at * 2654435761) >>> 0, at)
    const root = await build('large', JSON.stringify(manifest('1.2.0')), { 'data.bin': data })
    const slow = await context.newCDPSession(console_)
    await slow.send('Network.enable')
    await slow.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 6 * 1024 * 1024,
    })
    await drop(root)
    await console_.getByText('Sending what is new').waitFor()
    await console_.waitForFunction(
      () => (document.querySelector<HTMLProgressElement>('progress')?.value ?? 0) > 0.2,
    )
    await expectGoodSight(console_, 'an upload')
    await console_.getByRole('button', { name: 'Pause' }).click()
    await console_.getByText('Paused', { exact: true }).waitFor()
    console_.once('dialog', (dialog) => void dialog.accept())
    await console_.reload()
    await slow.detach()
    await console_.getByText(/have come\. Drop the same again/).waitFor()
    const begun = console_.waitForResponse(
      (response) => response.url().endsWith('/uploads') && response.request().method() === 'POST',
    )
    await drop(root)
    await arrived('Bouncing Square 1.2.0 is here')
    const { missingBytes, totalBytes } = (await (await begun).json()) as {
      missingBytes: number
      totalBytes: number
    }
    expect(totalBytes).to.be.above(bytes)
    expect(missingBytes).to.be.below(0.8 * totalBytes)
  })

  it('puts a version on staging, where a private link shows it', async () => {
    await console_.getByRole('button', { name: 'Stage 1.1.0' }).click()
    const link = await console_.getByLabel('Whoever has this link can play it.').inputValue()
    expect(link).to.match(/\/test\/[\w-]{32}$/)
    const stranger = await newContext(browser)
    const test = await stranger.newPage()
    await test.goto(link)
    await test.getByRole('heading', { name: 'Bouncing Square' }).waitFor()
    await test.getByText('A private test').waitFor()
    await expectGoodSight(test, 'a private link')
    await play(test)
    await stranger.close()
  })

  it('gives players what has passed its check on a real seat, and takes it from them again', async () => {
    const row = console_.getByRole('row', { name: /^1\.1\.0/ })
    await row.getByRole('button', { name: /: report of 1\.1\.0$/ }).click({ timeout: 120_000 })
    await expectGoodSight(console_, 'a report')
    await console_.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.check-pictures img')].some(
        ({ naturalWidth }) => naturalWidth > 0,
      ),
    )
    const clip = console_.locator('.check-clip video')
    await clip.evaluate((video: HTMLVideoElement) => video.play())
    expect(
      await clip.evaluate((video: HTMLVideoElement) => [video.controls, video.videoWidth]),
    ).to.deep.equal([true, 640])
    const report = await console_.getByRole('dialog').innerText()
    expect(report, report).to.match(/^Check of 1\.1\.0\s+Passed/)
    await console_.getByRole('button', { name: 'Close' }).click()
    await console_.getByRole('button', { name: 'To players: 1.1.0' }).click()
    await expectGoodSight(console_, 'giving a version to players')
    await console_.getByRole('button', { name: 'Give it' }).click()
    await console_.getByText('live 1.1.0').waitFor()
    await bookAndCancel()
    await embedAndRevoke()

    const stranger = await newContext(browser)
    const theirs = await stranger.newPage()
    await theirs.goto(network.url)
    await theirs
      .getByRole('link', { name: /Bouncing Square/ })
      .first()
      .waitFor()
    await theirs.goto(`${network.url}/play/bouncing-square`)
    await play(theirs, async () => {
      for (let press = 0; press < 30; press += 1) await theirs.keyboard.press('Space', { delay: 60 })
      // What has been counted goes out once more when the player ends it.
      await theirs.getByRole('button', { name: 'End session' }).click()
      await theirs.getByRole('dialog').getByRole('button', { name: 'End session' }).click()
    })
    const rated = await theirs.evaluate(async () => {
      const response = await fetch('/api/titles/bouncing-square/rating', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"stars":5}',
      })
      return { status: response.status, asked: (await (await fetch(response.url)).json()) as unknown }
    })
    expect(rated, 'of less than a minute').to.deep.equal({
      status: 403,
      asked: { may: false, ask: false, mine: null },
    })
    await theirs.close()
    const quality = await console_.evaluate(async () => {
      const { organisations } = (await (await fetch('/api/account')).json()) as {
        organisations: { id: string }[]
      }
      const at = `/api/orgs/${organisations[0]?.id ?? ''}/titles/bouncing-square/stats`
      return ((await (await fetch(at)).json()) as TitleStats).quality
    })
    expect(quality.total.measured, 'what was staged counts for nothing').to.equal(1)
    expect(quality.total.framesShown, JSON.stringify(quality)).to.be.above(5)
    expect(quality.total.clickP50Ms).to.be.within(5, 1_500)
    expect(quality.regions.map(({ country, plays }) => [country, plays])).to.deep.equal([['', 1]])

    await console_.getByRole('button', { name: 'Withdraw it' }).click()
    await console_.getByRole('dialog').getByRole('button', { name: 'Withdraw it' }).click()
    await console_.getByText('withdrawn', { exact: true }).waitFor()
    const late = await stranger.newPage()
    await late.goto(network.url)
    await late.getByRole('heading', { name: 'Games' }).waitFor()
    expect(await late.getByText('Bouncing Square').count()).to.equal(0)
    await console_.getByRole('button', { name: 'Let players start it again' }).click()
    await console_.getByRole('button', { name: 'Withdraw it' }).waitFor()
    await stranger.close()
  })

  /** Starts what the page offers and ends it once there is a picture. */
  async function play(game: Page, end?: () => Promise<void>): Promise<void> {
    await game.locator('[data-role=start]').click()
    const phase = await game
      .waitForFunction(() => window.nearcade?.phase === 'playing', undefined, { timeout: 60_000 })
      .then(() => 'playing')
      .catch(async () => game.locator('body').innerText())
    expect(phase).to.equal('playing')
    const id = await sessionIdOf(game)
    if (end === undefined)
      await game.evaluate((session) => fetch(`/api/sessions/${session}`, { method: 'DELETE' }), id)
    else await end()
    await untilState(game, id, 'ended')
  }

  let published: Promise<void> | null = null
  it('is one way of two: the command line alone begins another, on a game of another publisher', async () => {
    const owner = openBrowser(Number(new URL(network.url).port))
    await signUp(owner, 'rosa@example.org', 'Rosa')
    const orgId = await makeOrganisation(owner, 'rosas-games')
    const scopes = ['titles:read', 'titles:write', 'titles:publish']
    const { key } = madeApiKey.parse(
      (await owner.post(`/api/account/keys/${orgId}`, { name: 'laptop', scopes })).body,
    )
    published = publishByCli(key)
    published.catch(() => undefined)
  })

  /** From a folder with a game and nothing else in it to players. */
  async function publishByCli(key: string): Promise<void> {
    const root = await build('by-cli', '')
    const manifestFile = path.join(root, 'nearcade.title.json')
    await rm(manifestFile)
    const cli = async (...args: string[]) => {
      const env = { NEARCADE_KEY: key, NEARCADE_SERVER: network.url }
      const ran = await runCli(['title', ...args, '--json'], { home: folder, env })
      return { code: ran.code, said: ran.stdout || ran.stderr, ...ran.json() }
    }
    const done = async (...args: string[]): Promise<void> => {
      const { code, said } = await cli(...args)
      expect(code, `${args[0]}: ${said}`).to.equal(0)
    }
    await done(
      'init',
      root,
      '--id',
      'rolling-square',
      '--name',
      'Rolling Square',
      '--genre',
      'Toy',
      '--start',
      'index.html',
      '--yes',
    )
    const drafted = JSON.parse(await readFile(manifestFile, 'utf8')) as Record<string, unknown>
    const { display, sound, limits, version } = manifest('1.0.0')
    await writeFile(manifestFile, JSON.stringify({ ...drafted, display, sound, limits, version }))
    await done('check', root)
    let checked = await cli('push', root, '--wait')
    // A machine that does something else meanwhile is no seat to judge a title on.
    for (let again = 0; checked.code === 1 && checked.result !== undefined && again < 2; again += 1)
      checked = await cli('check-again', 'rolling-square', '1.0.0')
    expect(checked.code, checked.said).to.equal(0)
    await done('report', 'rolling-square')
    await done('promote', 'rolling-square', '1.0.0', '--channel', 'live')
  }

  it('makes a key that is shown once and works until it is revoked', async () => {
    await console_.getByRole('link', { name: 'API keys' }).click()
    await console_.getByLabel('Name', { exact: true }).fill('Build server')
    await console_.getByRole('button', { name: 'Make the key' }).click()
    const key = await console_.getByLabel(/is made\. Copy it now/).inputValue()
    expect(key).to.match(/^nck_/)
    await expectGoodSight(console_, 'API keys')
    const orgId = await console_.evaluate(async () => {
      const { organisations } = (await (await fetch('/api/account')).json()) as {
        organisations: { id: string }[]
      }
      return organisations[0]?.id ?? ''
    })
    const ask = async (): Promise<number> =>
      (
        await fetch(`${network.url}/api/orgs/${orgId}/titles`, {
          headers: { authorization: `Bearer ${key}` },
        })
      ).status
    expect(await ask()).to.equal(200)
    await console_.getByRole('button', { name: 'Revoke Build server' }).click()
    await console_.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await console_.getByText('revoked', { exact: true }).waitFor()
    expect(await ask()).to.equal(401)
    await console_.reload()
    await console_.getByText('revoked', { exact: true }).waitFor()
    expect(await console_.content()).not.to.include(key)
  })

  it('invites somebody, who joins with a role and sees what it allows', async () => {
    await console_.getByRole('link', { name: 'Members' }).click()
    await console_.getByLabel('E-mail address').fill('rui@example.org')
    await console_.getByLabel('Role', { exact: true }).selectOption('analyst')
    await console_.getByRole('button', { name: 'Invite' }).click()
    await console_.getByText('rui@example.org gets a message').waitFor()
    await expectGoodSight(console_, 'members')
    const link =
      [...network.router.log().matchAll(/https?:\/\/[^\s"\\]*invitation=[^\s"\\]*/g)].at(-1)?.[0] ?? ''
    const { pathname, search } = new URL(link)
    const other = await newContext(browser)
    const theirs = await other.newPage()
    await theirs.goto(`${network.url}${pathname}${search}`)
    await theirs.getByRole('link', { name: 'Make an account' }).click()
    await theirs.getByLabel('Name').fill('Rui Costa')
    await theirs.getByLabel('E-mail address').fill('rui@example.org')
    await theirs.getByLabel('Password').fill('another quiet harbour')
    await theirs.getByRole('button', { name: 'Make the account' }).click()
    await theirs.getByRole('link', { name: 'Bouncing Square', exact: true }).waitFor()
    expect(await theirs.getByText('Bring a build').count()).to.equal(0)
    expect(await theirs.getByRole('link', { name: 'API keys' }).count()).to.equal(0)
    await other.close()
  })

  it('tells owners who did what', async () => {
    await console_.getByRole('link', { name: 'Activity' }).click()
    await console_
      .getByRole('row', { name: /Member invited/ })
      .first()
      .waitFor()
    await expectGoodSight(console_, 'activity')
  })

  it('ends in the same with the command line alone: a stranger plays what it has brought', async () => {
    await published
    const stranger = await newContext(browser)
    const theirs = await stranger.newPage()
    await theirs.goto(network.url)
    await theirs
      .getByRole('link', { name: /Rolling Square/ })
      .first()
      .click()
    await play(theirs)
    expect(await theirs.evaluate(() => window.nearcade.stats().framesShown)).to.be.above(0)
    await stranger.close()
  })
})
