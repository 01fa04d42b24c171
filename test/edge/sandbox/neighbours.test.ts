import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Display } from '../../../edge/display/display.ts'
import { connectDisplay } from '../../../edge/display/xclient.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { startGame } from '../../../edge/sandbox/game.ts'
import { startSound } from '../../../edge/sound/pulse.ts'
import type { SoundServer } from '../../../edge/sound/sound.ts'
import { roomy } from './rig.ts'

interface Neighbour extends AsyncDisposable {
  readonly folder: string
  readonly display: Display
  readonly sound: SoundServer
  /** The lines that a shell script says as this session's game. */
  run(script: string, readOnly?: Readonly<Record<string, string>>): Promise<readonly string[]>
}

async function openNeighbour(name: string, seat: number, widthPx: number): Promise<Neighbour> {
  const folder = await mkdtemp(join(tmpdir(), `nearcade-test-${name}-`))
  const display = await startDisplay({ sessionDir: folder, seat, widthPx, heightPx: 200 })
  const sound = await startSound({ sessionDir: folder, seat })
  return {
    folder,
    display,
    sound,
    async run(script, readOnly = {}) {
      const game = await startGame({
        sessionId: `test-${name}`,
        seat,
        command: ['sh', '-c', script],
        env: {},
        readOnly,
        homeDir: join(folder, 'home'),
        displaySocketFile: display.socketFile,
        displayNumber: display.number,
        authFile: display.authFile,
        soundSocketFile: sound.socketFile,
        limits: roomy,
      })
      await game.exited
      return game.log()
    },
    async [Symbol.asyncDispose]() {
      await sound[Symbol.asyncDispose]()
      await display[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Says `<name> reached` or `<name> refused`. */
const attempt = (name: string, command: string): string =>
  `if ${command} >/dev/null 2>&1; then echo "${name} reached"; else echo "${name} refused"; fi`

describe("two games' displays and sound servers", function () {
  this.timeout(30_000)
  let a: Neighbour
  let b: Neighbour
  before(async () => {
    a = await openNeighbour('a', 48, 320)
    b = await openNeighbour('b', 49, 640)
  })
  after(async () => {
    await a[Symbol.asyncDispose]()
    await b[Symbol.asyncDispose]()
  })

  const connects = (name: string, path: string): string =>
    attempt(name, `/opt/node -e 'require("net").connect("${path}").on("connect", () => process.exit(0))'`)

  it('are each reached by their own game', async () => {
    for (const [session, widthPx] of [
      [a, 320],
      [b, 640],
    ] as const) {
      const lines = await session.run(`xdpyinfo | grep dimensions; ${attempt('sound', 'pactl info')}`)
      expect(lines[0]).to.include(`${widthPx}x200 pixels`)
      expect(lines[1]).to.equal('sound reached')
    }
    // what is tried below works for whoever may see the files
    await (await connectDisplay(b.display))[Symbol.asyncDispose]()
  })

  it("are out of reach of the other's game, even where it knows their cookie and their paths", async () => {
    // as if it had leaked: a copy that the game may read
    const stolen = join(a.folder, 'stolen')
    await copyFile(b.display.authFile, stolen)
    const own = `DISPLAY=:${a.display.number}`
    const tries = [
      attempt('the cookie', 'test -s /stolen'),
      connects('its socket', b.display.socketFile),
      connects('its sound socket', b.sound.socketFile),
      connects('the own socket', `/tmp/.X11-unix/X${a.display.number}`),
      attempt('another display', `env DISPLAY=:${a.display.number + 1} XAUTHORITY=/stolen xdpyinfo`),
      attempt('the own display with that cookie', `env ${own} XAUTHORITY=/stolen xdpyinfo`),
      attempt('the own display without a cookie', `env ${own} XAUTHORITY=/dev/null xdpyinfo`),
      attempt('the sound', `pactl --server=unix:${b.sound.socketFile} info`),
      attempt('the own sound', 'pactl info'),
    ]
    const lines = await a.run(tries.join('; '), { [stolen]: '/stolen', [process.execPath]: '/opt/node' })
    expect(lines).to.have.length(tries.length)
    expect(lines.filter((line) => line.endsWith('reached'))).to.deep.equal([
      'the cookie reached',
      'the own socket reached',
      'the own sound reached',
    ])
  })
})
