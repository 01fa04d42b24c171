import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { expect } from 'chai'
import { localHost, requireFreePort } from '../../server/local/port.mjs'
import { SetUpError } from '../../server/local/setUpError.mjs'

const root = path.resolve(import.meta.dirname, '../..')

async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (failure) {
    return failure
  }
  throw new Error('It succeeded.')
}

describe('the port', () => {
  const blocker = createServer()
  let port = 0

  before(async () => {
    blocker.listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    port = (blocker.address() as AddressInfo).port
  })

  after(async () => {
    blocker.close()
    await once(blocker, 'close')
  })

  it('when taken is a clear error that names it and the option that moves it', async () => {
    const failure = await failureOf(requireFreePort('127.0.0.1', port))
    expect(failure).to.be.instanceOf(SetUpError)
    expect((failure as SetUpError).message)
      .to.include(`Port ${port}`)
      .and.include('--port')
  })

  it('when free is given back, and zero takes any', async () => {
    const free = await requireFreePort('127.0.0.1', 0)
    expect(free).to.be.greaterThan(0).and.not.equal(port)
    expect(await requireFreePort('127.0.0.1', free)).to.equal(free)
  })

  it('on an address of another machine says so', async () => {
    const failure = await failureOf(requireFreePort('192.0.2.1', 0))
    expect((failure as SetUpError).message)
      .to.include('192.0.2.1')
      .and.include('--host')
  })

  it('when taken ends npm start with that error alone: no stack, nothing started', async () => {
    const child = spawn(process.execPath, ['server/local/start.mjs', '--port', String(port)], { cwd: root })
    let output = ''
    let errors = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect(code).to.equal(1)
    expect(errors.trim().split('\n')).to.have.length(1)
    expect(errors).to.include(`Port ${port}`).and.include('--port')
    expect(output).to.not.include('router')
  })

  it('is reached by a client at an address that can be connected to', () => {
    expect(localHost('0.0.0.0')).to.equal('127.0.0.1')
    expect(localHost('::')).to.equal('[::1]')
    expect(localHost('fe80::1')).to.equal('[fe80::1]')
    expect(localHost('example.test')).to.equal('example.test')
  })
})
