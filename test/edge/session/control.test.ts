import { expect } from 'chai'
import { wireError } from '../../../config/errors.ts'
import type { ToBrowser } from '../../../config/protocol/control.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { createControl } from '../../../edge/session/control.ts'

function open() {
  const replies: ToBrowser[] = []
  const happened: string[] = []
  const counts: string[] = []
  let nowMs = 1000
  const control = createControl({
    nowMs: () => nowMs++,
    count: (kind) => counts.push(kind),
    handlers: {
      welcome: () => ({
        kind: 'welcome',
        version: 1,
        sessionId: 's',
        titleId: 't',
        codec: 'h264',
        encoder: 'libx264',
        stream: defaultStream,
      }),
      quality: ({ stream }) => ({ kind: 'quality', stream }),
      paste: (text) => happened.push(`paste ${text}`),
      stats: () => happened.push('stats'),
      display: () => happened.push('display'),
      playout: ({ minMs, maxMs }) => happened.push(`playout ${minMs} ${maxMs}`),
      stillHere: () => happened.push('still-here'),
      message(text) {
        happened.push(`message ${text}`)
        return text === '0' ? wireError('game-messages-off') : null
      },
      bye: () => happened.push('bye'),
    },
  })
  const say = (message: unknown): void =>
    control.receive(typeof message === 'string' ? message : JSON.stringify(message), (reply) =>
      replies.push(reply),
    )
  return { say, replies, happened, counts }
}

describe('the control channel', () => {
  it('welcomes its version and refuses any other with a code', () => {
    const { say, replies } = open()
    say({ kind: 'hello', version: 1 })
    say({ kind: 'hello', version: 2 })
    expect(replies[0]?.kind).to.equal('welcome')
    expect(replies[1]).to.deep.nested.include({ kind: 'error', 'error.code': 'unsupported-version' })
  })

  it('answers a clock question with the times it came and went', () => {
    const { say, replies } = open()
    say({ kind: 'clock', t0Ms: 5 })
    expect(replies).to.deep.equal([{ kind: 'clock', t0Ms: 5, receivedAtMs: 1000, sentAtMs: 1001 }])
  })

  it('hands every message on', () => {
    const { say, happened, replies } = open()
    say({ kind: 'paste', text: 'ü' })
    say({ kind: 'still-here' })
    say({ kind: 'display', tickAtMs: 1, intervalMs: 16, pathMs: 2, marginMs: 1 })
    say({ kind: 'bye' })
    say({ kind: 'quality', stream: defaultStream })
    say({ kind: 'message', text: '{}' })
    say({ kind: 'message', text: '0' })
    expect(happened).to.deep.equal(['paste ü', 'still-here', 'display', 'bye', 'message {}', 'message 0'])
    expect(replies).to.deep.equal([
      { kind: 'quality', stream: defaultStream },
      { kind: 'message-refused', error: wireError('game-messages-off') },
    ])
  })

  it('counts every malformed message and answers a few of them a second', () => {
    const { say, replies, counts } = open()
    for (const bad of [
      '',
      '{',
      'null',
      '{"kind":"nonsense"}',
      { kind: 'paste', text: '' },
      'x'.repeat(70_000),
    ])
      say(bad)
    for (let i = 0; i < 100; i += 1) say('[]')
    expect(counts).to.have.length(106)
    expect(replies.length).to.be.within(5, 15)
    expect(replies.every(({ kind }) => kind === 'error')).to.equal(true)
  })

  it('drops and counts what no player sends that fast', () => {
    const { say, happened, counts } = open()
    for (let i = 0; i < 500; i += 1) say({ kind: 'still-here' })
    expect(happened.length).to.be.within(60, 100)
    expect(counts.filter((kind) => kind === 'control-too-many')).to.have.length(500 - happened.length)
  })
})
