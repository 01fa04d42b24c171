import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { tempFolder } from './support/tempFolder.ts'

describe('the router as a program', function () {
  this.timeout(60_000)
  let folder: Awaited<ReturnType<typeof tempFolder>>
  before(async () => {
    folder = await tempFolder()
  })
  after(() => folder.remove())

  interface Program {
    readonly child: ChildProcess
    readonly stdout: Promise<string>
    readonly stderr: Promise<string>
    readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>
  }
  function run(settings: Record<string, string>): Program {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('NEARCADE_')),
    )
    const child = fork(path.resolve('server/main.ts'), [], {
      execArgv: ['--import', 'tsx'],
      env: { ...env, NEARCADE_PORT: '0', NEARCADE_DATA: path.join(folder.path, 'data'), ...settings },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    if (child.stdout === null || child.stderr === null) throw new Error('no pipes')
    const exit = once(child, 'exit').then(([code, signal]) => [code, signal] as const)
    return { child, stdout: text(child.stdout), stderr: text(child.stderr), exit }
  }
  const listening = async ({ child }: Program): Promise<number> => {
    const [message] = (await once(child, 'message')) as [{ kind: string; port: number }]
    expect(message.kind).to.equal('listening')
    return message.port
  }

  it('says where it listens, answers there, and stops in order at a signal', async () => {
    const program = run({})
    const port = await listening(program)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(200)
    program.child.kill('SIGTERM')
    expect(await program.exit).to.deep.equal([0, null])
    expect(await program.stdout).to.contain(`listening on port ${port}`)
    expect(await program.stderr).to.equal('')
  })

  it('stops when the program that started it is gone', async () => {
    const program = run({})
    await listening(program)
    program.child.disconnect()
    expect(await program.exit).to.deep.equal([0, null])
  })

  it('prints every fault of its settings at once and exits with 2', async () => {
    const file = path.join(folder.path, 'settings.json')
    await writeFile(file, JSON.stringify({ graceMs: 'long', colour: 'red' }))
    const program = run({ NEARCADE_PORT: '99999', NEARCADE_SPEED: '1', NEARCADE_CONFIG: file })
    expect(await program.exit).to.deep.equal([2, null])
    const said = await program.stderr
    for (const name of ['NEARCADE_PORT', 'NEARCADE_SPEED', 'graceMs', 'colour']) expect(said).to.contain(name)
    expect(said).not.to.contain('    at ')
  })

  it('takes settings from a file, and says when it cannot be read', async () => {
    const file = path.join(folder.path, 'port.json')
    await writeFile(file, JSON.stringify({ host: '127.0.0.2' }))
    const program = run({ NEARCADE_CONFIG: file })
    const port = await listening(program)
    expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).to.equal(200)
    program.child.kill('SIGINT')
    expect(await program.exit).to.deep.equal([0, null])
    const lost = run({ NEARCADE_CONFIG: '/nowhere.json' })
    expect(await lost.exit).to.deep.equal([2, null])
    expect(await lost.stderr).to.contain('/nowhere.json')
  })

  it('names a port that is taken, without a stack', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const program = run({ NEARCADE_PORT: String(port) })
    expect(await program.exit).to.deep.equal([1, null])
    const said = await program.stderr
    expect(said).to.contain(`Port ${port} on 127.0.0.1 is taken`)
    expect(said).not.to.contain('    at ')
    holder.close()
    await once(holder, 'close')
  })
})
