import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { controlSocketIn, serveControl } from '../../../edge/agent/control.ts'
import { openDrain } from '../../../edge/agent/drain.ts'
import { order } from '../../../edge/host/control.ts'

describe('a node that is drained by its host', () => {
  let folder: string
  let changes: number
  beforeEach(async () => {
    changes = 0
    folder = await mkdtemp(path.join(tmpdir(), 'drain-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const open = () => openDrain(folder, () => (changes += 1))

  it('takes nobody new after a restart either, until it is told to', async () => {
    await open().set(true)
    const after = open()
    expect(after.isDraining).to.equal(true)
    expect(after.isClosing).to.equal(false)
    await after.set(false)
    expect(open().isDraining).to.equal(false)
    expect(changes).to.equal(2)
  })

  it('forgets at its restart that it was only on its way out', () => {
    const before = open()
    before.leave()
    expect(before.isDraining).to.equal(true)
    before.close()
    expect(before.isClosing).to.equal(true)
    expect(open().isDraining).to.equal(false)
  })

  it('hears its host alone, and again after it was killed', async () => {
    const health = () =>
      ({ ok: true, nodeId: 'n', online: true, draining: false, seats: 1, sessions: 0, titles: [] }) as const
    const drained: boolean[] = []
    const serve = () =>
      serveControl({ dataDir: folder, health, setDrained: async (wanted) => void drained.push(wanted) })
    const killed = await serve()
    // Like one that a killed node has left: it is in the way of a second listener.
    await using _again = await serve()
    expect((await stat(controlSocketIn(folder))).mode & 0o777).to.equal(0o600)
    expect((await order(folder, 'drain')).state).to.equal('running')
    expect((await order(folder, 'resume')).state).to.equal('running')
    expect(drained).to.deep.equal([true, false])
    await killed[Symbol.asyncDispose]()
  })

  it('is told stopped where nothing answers, and takes no orders where its folder’s name is too long', async () => {
    expect(await order(folder, 'status')).to.deep.equal({ state: 'stopped' })
    const far = path.join(folder, 'x'.repeat(110))
    const failure = await serveControl({
      dataDir: far,
      health: () => {
        throw new Error('nobody asks')
      },
      setDrained: async () => {},
    }).catch((cause: unknown) => cause)
    expect(String(failure)).to.include('too long for a socket')
  })
})
