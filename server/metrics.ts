import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Fleet } from './fleet/fleet.ts'
import type { SessionCounters } from './sessions/context.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { SocketCounters } from './sockets/connection.ts'

/** The router's figures, each router with its own registry. */
export interface Metrics {
  readonly sessions: SessionCounters
  readonly sockets: SocketCounters
  /** @param route the pattern, never the address: addresses hold ids */
  http(method: string, route: string, status: number, tookMs: number): void
  /** Figures that are asked for when they are read. */
  observe(fleet: Fleet, sessions: Sessions): void
  readonly contentType: string
  text(): Promise<string>
  close(): void
}

export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

  const http = new Histogram({
    name: 'nearcade_http_request_seconds',
    help: 'HTTP requests by route, method and status',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers,
  })
  const ends = new Counter({
    name: 'nearcade_session_ends_total',
    help: 'Sessions that ended, by reason',
    labelNames: ['reason'],
    registers,
  })
  const placement = new Histogram({
    name: 'nearcade_placement_seconds',
    help: 'From a session request to a reserved seat',
    buckets: seconds,
    registers,
  })
  const stale = new Counter({
    name: 'nearcade_stale_events_total',
    help: 'Session events of nodes that were late, repeated or not their own',
    registers,
  })
  const droppedSignals = new Counter({
    name: 'nearcade_signals_dropped_total',
    help: 'Signals that could not be kept for their receiver',
    registers,
  })
  const refused = new Counter({
    name: 'nearcade_ws_messages_refused_total',
    help: 'WebSocket messages that were refused, by kind of peer and error code',
    labelNames: ['peer', 'code'],
    registers,
  })
  const cut = new Counter({
    name: 'nearcade_ws_cut_total',
    help: 'WebSockets that the router cut off, by kind of peer and cause',
    labelNames: ['peer', 'cause'],
    registers,
  })
  const sockets = new Gauge({
    name: 'nearcade_ws_open',
    help: 'Open WebSockets by kind of peer',
    labelNames: ['peer'],
    registers,
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  new Gauge({
    name: 'nodejs_eventloop_delay_p99_seconds',
    help: 'Event-loop delay since the last reading, 99th percentile',
    registers,
    collect() {
      this.set(delay.count === 0 ? 0 : delay.percentile(99) / 1e9)
      delay.reset()
    },
  })

  return {
    sessions: {
      ended: (reason) => ends.inc({ reason }),
      placed: (tookMs) => placement.observe(tookMs / 1000),
      staleEvent: () => stale.inc(),
      droppedSignal: () => droppedSignals.inc(),
    },
    sockets: {
      opened: (peer) => sockets.inc({ peer }),
      closed: (peer) => sockets.dec({ peer }),
      refused: (peer, code) => refused.inc({ peer, code }),
      cut: (peer, cause) => cut.inc({ peer, cause }),
    },
    http(method, route, status, tookMs) {
      http.observe({ method, route, status: String(status) }, tookMs / 1000)
    },
    observe(fleet, sessions) {
      new Gauge({
        name: 'nearcade_sessions',
        help: 'Open sessions by state',
        labelNames: ['state'],
        registers,
        collect() {
          for (const [state, n] of Object.entries(sessions.countByState())) this.set({ state }, n)
        },
      })
      new Gauge({
        name: 'nearcade_nodes_connected',
        help: 'Nodes that are connected',
        registers,
        collect() {
          this.set(fleet.counts().connected)
        },
      })
      new Gauge({
        name: 'nearcade_seats',
        help: 'Seats of connected nodes by state',
        labelNames: ['state'],
        registers,
        collect() {
          for (const [state, n] of Object.entries(fleet.counts().seats)) this.set({ state }, n)
        },
      })
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close() {
      delay.disable()
      registry.clear()
    },
  }
}
