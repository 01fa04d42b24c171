import { expect } from 'chai'
import type { ToNode } from '../../../config/protocol/nodeSocket.ts'
import type { FakeNode } from '../support/fakeNode.ts'
import type { FakePlayer } from '../support/fakePlayer.ts'
import { choose, isIn, type LineBed, openLineBed, seats } from './lineBed.ts'

type Ask = Extract<ToNode, { kind: 'reserve' }>

describe('a seat of a session that ended while its node was being asked', () => {
  let line: LineBed & { close(): Promise<void> }
  let player: FakePlayer

  before(async function () {
    this.timeout(60_000)
    line = await openLineBed()
  })
  after(() => line.close())
  beforeEach(async () => {
    await line.start()
    player = await line.player()
  })
  afterEach(() => line.end())

  const end = async (sessionId: string): Promise<void> => {
    expect((await player.request('DELETE', `/api/sessions/${sessionId}`)).status).to.equal(200)
  }
  /** The node says yes after all; it must be told that nobody wants the seat. */
  async function answerTooLate(node: FakeNode, { requestId }: Ask): Promise<void> {
    const leaseId = `late-${requestId}`
    const expiresAtMs = Date.now() + 20_000
    node.socket.send({ kind: 'reserved', requestId, leaseId, fence: 1_000_000, seatId: 0, expiresAtMs })
    expect((await node.socket.next('release')).leaseId).to.equal(leaseId)
    expect(node.socket.inbox.all.map(({ kind }) => kind)).not.to.include('start')
  }
  /** In line for the one seat of this node. */
  async function waiting(node: FakeNode): Promise<string> {
    const { id } = await player.create()
    const window = await line.watch(player, id)
    await window.view(id, isIn('waiting'))
    // Long enough that the seat is held for the player's word.
    await line.pass(11_000, window)
    node.status({ seats: seats('free') })
    return id
  }

  it('is given back on the way from the request', async () => {
    const node = await line.connect()
    const creating = player.create()
    const ask = await node.socket.next('reserve')
    await end(ask.sessionId)
    await answerTooLate(node, ask)
    await line.passing(creating)
  })

  it('is given back on the way out of the line', async () => {
    const node = await line.connect({ seats: 1, status: { seats: seats('busy') } })
    const id = await waiting(node)
    const ask = await line.passing(node.socket.next('reserve'))
    await end(id)
    await answerTooLate(node, ask)
  })

  it('is given back when the player had just taken it', async () => {
    const node = await line.connect({ seats: 1, status: { seats: seats('busy') } })
    const id = await waiting(node)
    const window = await line.watch(player, id)
    await line.passing(node.acceptReserve())
    await line.passing(window.view(id, isIn('held')))
    const confirming = choose(player, id, { kind: 'confirm' })
    const ask = await line.passing(node.socket.next('reserve'))
    await end(id)
    // The hold itself, at the end of the session.
    await node.socket.next('release')
    await answerTooLate(node, ask)
    expect((await confirming).code).to.equal('choice-gone')
  })
})
