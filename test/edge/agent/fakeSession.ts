import type { FromSession, ToSession } from '../../../edge/session/ipc.ts'

/** A session process without display, game or peer: it does what the session's id tells. */
const send = (message: FromSession): void => void process.send?.(message)

const end = (reason: 'player-ended' | 'node-stopped' | 'start-timeout'): void => {
  send({ kind: 'event', event: { kind: 'end', reason, detail: null, atMs: Date.now() } })
  process.exit(0)
}

process.on('message', (message) => {
  const order = message as ToSession
  if (order.kind === 'prepare') send({ kind: 'prepared' })
  else if (order.kind === 'measure') {
    send({ kind: 'measured', speeds: { h264: 3 } })
    process.disconnect?.()
  } else if (order.kind === 'job') {
    const { sessionId } = order.job
    if (sessionId.startsWith('unprepared')) process.exit(3)
    if (sessionId.startsWith('crash')) process.exit(7)
    send({ kind: 'event', event: { kind: 'start', step: 'display' } })
    if (sessionId.startsWith('stuck')) return
    send({ kind: 'event', event: { kind: 'ready' } })
  } else if (order.kind === 'signal') {
    if (order.signal.kind === 'offer')
      send({ kind: 'signal', signal: { kind: 'answer', peerId: order.signal.peerId, sdp: 'answer' } })
  } else if (order.kind === 'home') return
  else if (order.kind === 'dismiss') process.exit(0)
  else if (order.reason === 'player-ended' || order.reason === 'node-stopped') end(order.reason)
  else end('start-timeout')
})
process.on('disconnect', () => process.exit(0))
