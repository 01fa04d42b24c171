import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import type { Display } from '../../../edge/display/display.ts'
import { connectDisplay } from '../../../edge/display/xclient.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { processesWith } from '../sandbox/processes.ts'

describe("a session's display", function () {
  this.timeout(20_000)
  let sessionDir: string
  let display: Display
  beforeEach(async () => {
    sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-test-display-'))
    display = await startDisplay({ sessionDir, seat: 42, widthPx: 640, heightPx: 360 })
  })
  afterEach(async () => {
    await display[Symbol.asyncDispose]()
    await rm(sessionDir, { recursive: true, force: true })
  })

  it('has the size asked for, and its screen in a file of its own', async () => {
    await using x = await connectDisplay(display)
    expect([x.screen.pixel_width, x.screen.pixel_height]).to.deep.equal([640, 360])
    const header = readFileSync(display.framebufferFile)
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).to.deep.equal([640, 360])
  })

  it('turns away whoever lacks its cookie', async () => {
    const cookie = new Uint8Array(16)
    const refused = await connectDisplay({ ...display, cookie }).then(
      () => null,
      (error: unknown) => error,
    )
    expect(String(refused)).to.match(/connection failed/)
  })

  it('listens nowhere but on its own socket, and only its user and root can get there', async () => {
    const names = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .filter((line) => line.includes(sessionDir))
    expect(names.every((line) => !line.includes('@'))).to.equal(true)
    for (const folder of [join(sessionDir, 'x11'), dirname(display.framebufferFile)]) {
      const { mode, uid } = await stat(folder)
      expect(mode & 0o777).to.equal(0o700)
      if (process.getuid?.() === 0) expect(uid).to.equal(61_042)
    }
    expect((await stat(display.authFile)).mode & 0o777).to.equal(0o600)
  })

  it('cannot be made to take the memory that a game may not', async () => {
    const errors: Error[] = []
    await using x = await connectDisplay(display, (error) => errors.push(error))
    const { client, screen } = x
    const gc = client.AllocID()
    client.CreateGC(gc, screen.root, { foreground: 1 })
    for (let i = 0; i < 12; i++) {
      const pixmap = client.AllocID()
      client.CreatePixmap(pixmap, screen.root, 24, 4096, 4096)
      client.PolyFillRectangle(pixmap, gc, [0, 0, 4096, 4096])
    }
    await client.sync()
    expect(errors.length).to.be.greaterThan(3)
    expect(errors[0]?.message).to.match(/alloc/i)
  })

  it('stands beside another one without either noticing', async () => {
    const otherDir = await mkdtemp(join(tmpdir(), 'nearcade-test-display-'))
    const other = await startDisplay({ sessionDir: otherDir, seat: 42, widthPx: 320, heightPx: 200 })
    await using x = await connectDisplay(display)
    await using y = await connectDisplay(other)
    expect([x.screen.pixel_width, y.screen.pixel_width]).to.deep.equal([640, 320])
    await other[Symbol.asyncDispose]()
    await x.client.sync()
    await rm(otherDir, { recursive: true })
  })

  it('leaves no process, socket or shared memory when it is closed, and says that it has gone', async () => {
    const before = processesWith('/usr/bin/Xvfb').length
    await display[Symbol.asyncDispose]()
    await display[Symbol.asyncDispose]()
    expect((await display.exited).reason).to.include('SIGKILL')
    expect(processesWith('/usr/bin/Xvfb').length).to.equal(before - 1)
    expect(await readdir(sessionDir)).to.deep.equal([])
    expect(existsSync(dirname(display.framebufferFile))).to.equal(false)
  })
})
