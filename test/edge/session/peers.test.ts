import { expect } from 'chai'
import type { Signal } from '../../../config/protocol/signal.ts'
import { createNoController } from '../../../edge/transport/congestion/none.ts'
import type { Peer, PeerEvents } from '../../../edge/peer/peer.ts'
import { createPeers } from '../../../edge/session/peers.ts'

interface FakePeer {
  readonly peer: Peer
  readonly events: PeerEvents
  connect(): void
  lose(): void
  disposed: boolean
}

function open() {
  const made: FakePeer[] = []
  const signals: Signal[] = []
  const happened: string[] = []
  let refuse = false
  const peers = createPeers({
    async accept(_sdp, events) {
      if (refuse) throw new Error('no common codec')
      let connect = (): void => {}
      let lose: (value: Awaited<Peer['closed']>) => void = () => {}
      const fake: FakePeer = {
        peer: {
          codecs: ['h264'],
          network: {
            estimate: createNoController({ minBps: 0, startBps: 1, maxBps: 1 }).estimate,
            videoBps: 1,
            queuedMs: 0,
            setBounds() {},
          },
          distance: null,
          connected: new Promise<void>((resolve) => {
            connect = resolve
          }),
          closed: new Promise((resolve) => {
            lose = resolve
          }),
          addRemoteCandidate: () => Promise.resolve(),
          restartIce: () => Promise.resolve('restarted'),
          sendVideo() {},
          sendAudio() {},
          setPlayoutDelay() {},
          sendControl: () => true,
          sendFrameRecord: () => true,
          [Symbol.asyncDispose]: () => {
            fake.disposed = true
            return Promise.resolve()
          },
        },
        events,
        connect: () => connect(),
        lose: () => lose({ reason: 'ice-failed' }),
        disposed: false,
      }
      made.push(fake)
      return { answerSdp: 'answer', peer: fake.peer }
    },
    signal: (signal) => signals.push(signal),
    onConnected: () => happened.push('connected'),
    onLost: (reason) => happened.push(`lost ${reason}`),
    onInput: (channel) => happened.push(`input ${channel}`),
    onControl: (_peer, text) => happened.push(`control ${text}`),
    onKeyframeRequest: () => happened.push('keyframe'),
    onEstimate: () => happened.push('estimate'),
    onAlive: (alive) => happened.push(`alive ${alive}`),
    log() {},
  })
  const offer = async (peerId: string): Promise<void> => {
    peers.signal({ kind: 'offer', peerId, sdp: 'offer' })
    await settle()
  }
  return {
    peers,
    made,
    signals,
    happened,
    offer,
    refuseOffers: () => {
      refuse = true
    },
  }
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the browsers of a session', () => {
  it('are answered, play once connected, and are lost', async () => {
    const { made, signals, happened, offer, peers } = open()
    await offer('a')
    expect(signals).to.deep.equal([{ kind: 'answer', peerId: 'a', sdp: 'answer' }])
    expect(peers.current).to.equal(null)
    made[0]?.connect()
    await settle()
    expect(peers.current).to.equal(made[0]?.peer)
    made[0]?.lose()
    await settle()
    expect(happened).to.deep.equal(['connected', 'lost ice-failed'])
    expect(made[0]?.disposed).to.equal(true)
    expect(peers.current).to.equal(null)
  })

  it('take each other’s place, and the first hears why', async () => {
    const { made, signals, happened, offer } = open()
    await offer('a')
    made[0]?.connect()
    await settle()
    await offer('b')
    expect(made[0]?.disposed, 'plays on until the other is there').to.equal(false)
    made[1]?.connect()
    await settle()
    expect(made[0]?.disposed).to.equal(true)
    expect(signals.at(-1)).to.deep.equal({ kind: 'rejected', peerId: 'a', code: 'session-taken' })
    expect(happened).to.deep.equal(['connected', 'connected'])
  })

  it('are not disturbed by an attempt that fails', async () => {
    const { made, signals, happened, offer, peers } = open()
    await offer('a')
    made[0]?.connect()
    await settle()
    await offer('b')
    made[1]?.lose()
    await settle()
    expect(signals.at(-1)).to.deep.equal({ kind: 'rejected', peerId: 'b', code: 'connect-failed' })
    expect(peers.current).to.equal(made[0]?.peer)
    expect(happened).to.deep.equal(['connected'])
  })

  it('hear that their offer cannot be taken', async () => {
    const { signals, offer, refuseOffers } = open()
    refuseOffers()
    await offer('a')
    expect(signals).to.deep.equal([{ kind: 'rejected', peerId: 'a', code: 'connect-failed' }])
  })

  it('are answered again when they look for a new path, on the connection they have', async () => {
    const { made, signals, happened, offer, peers } = open()
    await offer('a')
    made[0]?.connect()
    await settle()
    peers.signal({ kind: 'offer', peerId: 'a', round: 3, sdp: 'offer' })
    await settle()
    expect(signals.at(-1)).to.deep.equal({ kind: 'answer', peerId: 'a', round: 3, sdp: 'restarted' })
    expect(made).to.have.length(1)
    expect(happened).to.deep.equal(['connected'])
  })

  it('begin anew where the connection that they look for a path for is gone', async () => {
    const { made, signals, peers } = open()
    peers.signal({ kind: 'offer', peerId: 'gone', round: 1, sdp: 'offer' })
    await settle()
    expect(signals).to.deep.equal([{ kind: 'rejected', peerId: 'gone', code: 'connect-failed' }])
    expect(made).to.have.length(0)
  })

  it('are answered once, however often the offer comes', async () => {
    const { made, offer } = open()
    await offer('a')
    await offer('a')
    expect(made).to.have.length(1)
  })

  it('are heard only while they play; what is said on `control` before that waits', async () => {
    const { made, happened, offer } = open()
    await offer('a')
    made[0]?.events.onInput('keys', new Uint8Array(), 0)
    made[0]?.events.onControl('hello')
    expect(happened).to.deep.equal([])
    made[0]?.connect()
    await settle()
    made[0]?.events.onInput('keys', new Uint8Array(), 0)
    expect(happened).to.deep.equal(['connected', 'control hello', 'input keys'])
  })

  it('are all closed at the end, without a word', async () => {
    const { made, happened, offer, peers } = open()
    await offer('a')
    made[0]?.connect()
    await settle()
    await offer('b')
    await peers.close()
    expect(made.map(({ disposed }) => disposed)).to.deep.equal([true, true])
    expect(happened).to.deep.equal(['connected'])
  })
})
