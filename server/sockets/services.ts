import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { SocketCounters } from './connection.ts'

export interface SocketServices {
  readonly clock: Clock
  readonly log: Log
  readonly count: SocketCounters
}
