import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FromSession, ToSession } from '../../../edge/session/ipc.ts'

/** A session process whose game counts, in a file of its home, how often it was started. */
const send = (message: FromSession): void => void process.send?.(message)

process.on('message', (message) => {
  const order = message as ToSession
  if (order.kind === 'prepare') send({ kind: 'prepared' })
  else if (order.kind === 'job') send({ kind: 'event', event: { kind: 'start', step: 'game' } })
  else if (order.kind === 'home') {
    const file = join(order.folder, 'deep', 'count')
    mkdirSync(join(order.folder, 'deep'), { recursive: true })
    writeFileSync(file, String(countIn(file) + 1))
    send({ kind: 'event', event: { kind: 'ready' } })
    send({ kind: 'event', event: { kind: 'play', atMs: Date.now() } })
  } else if (order.kind === 'dismiss') process.exit(0)
  else if (order.kind === 'end') {
    const { reason, detail } = order
    send({ kind: 'event', event: { kind: 'end', reason, detail, atMs: Date.now() } })
    process.exit(0)
  }
})
process.on('disconnect', () => process.exit(0))

function countIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}
