import { Gauge, Registry } from 'prom-client'
import { watchLoopDelay } from '../session/loopDelay.ts'
import type { SessionReport } from '../session/ipc.ts'
import type { BeaconCounters } from './beacon.ts'
import type { SeatTable } from './seats.ts'

/** What the agent knows at the moment of a scrape; counters since its start. */
export interface AgentFacts {
  readonly online: boolean
  readonly draining: boolean
  readonly seats: SeatTable
  readonly sessions: ReadonlyMap<string, { readonly titleId: string; readonly report: SessionReport }>
  readonly uplink: { readonly connects: number; readonly badMessages: number }
  readonly beacon: BeaconCounters
}

/** What comes of each session, by metric name and help text. */
const perSession = {
  fps: ['Frames sent in the last second', (r) => r.fps],
  encode_ms: ['Mean time from capture to encoded frame', (r) => r.encodeMs],
  bitrate_bps: ['Video sent', (r) => r.bitrateBps],
  frames_dropped: ['Frames that the encoder dropped since the start', (r) => r.framesDropped],
  keyframes: ['Keyframes since the start', (r) => r.keyframes],
  cpu_seconds: ['CPU time of the session process', (r) => r.cpuSeconds],
  memory_bytes: ['Resident memory of the session process', (r) => r.memoryBytes],
  game_cpu_seconds: ['CPU time of the game', (r) => r.gameCpuSeconds],
  game_memory_bytes: ['Memory of the game', (r) => r.gameMemoryBytes],
  player_fps: ['Frames that the player’s browser shows a second', (r) => r.player?.fps ?? null],
  player_rtt_ms: ['Round trip that the player’s browser measures', (r) => r.player?.rttMs ?? null],
  path_rtt_ms: [
    'Least round trip to the player’s browser in the last minutes, as this node measures it',
    (r) => r.distance?.rttMs ?? null,
  ],
  player_loss_percent: ['Packets that the player’s browser misses', (r) => r.player?.lossPercent ?? null],
  player_click_to_photon_ms: [
    'From an input to its picture, as the player’s browser measures it',
    (r) => r.player?.clickToPhotonMs ?? null,
  ],
  loop_delay_p99_ms: ['Event-loop delay of the session process, 99th percentile', (r) => r.loopDelayP99Ms],
  loop_delay_max_ms: ['Event-loop delay of the session process, most', (r) => r.loopDelayMaxMs],
} as const satisfies Record<string, readonly [string, (report: SessionReport) => number | null]>

/** A registry of the agent's own, so that several agents live in one process. */
export function createMetrics(facts: () => AgentFacts): { readonly registry: Registry; close(): void } {
  const registry = new Registry()
  const delay = watchLoopDelay()

  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (set: (labels: Partial<Record<Label, string>>, value: number) => void) => void,
  ): void => {
    new Gauge({
      name: `nearcade_edge_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset()
        collect((labels, value) => this.set(labels, value))
      },
    })
  }

  gauge('online', 'Whether the router has accepted this node', [], (set) => set({}, facts().online ? 1 : 0))
  gauge('draining', 'Whether the node takes no new sessions', [], (set) => set({}, facts().draining ? 1 : 0))
  gauge('seats', 'Seats by state', ['state'], (set) => {
    const counts = { free: 0, reserved: 0, busy: 0 }
    for (const { state } of facts().seats) counts[state.kind] += 1
    for (const [state, count] of Object.entries(counts)) set({ state }, count)
  })
  gauge('sessions', 'Running sessions by title', ['title'], (set) => {
    const counts = new Map<string, number>()
    for (const { titleId } of facts().sessions.values()) counts.set(titleId, (counts.get(titleId) ?? 0) + 1)
    for (const [title, count] of counts) set({ title }, count)
  })
  gauge('router_connects', 'Times the router accepted this node', [], (set) =>
    set({}, facts().uplink.connects),
  )
  gauge('router_bad_messages', 'Malformed messages of the router', [], (set) =>
    set({}, facts().uplink.badMessages),
  )
  gauge('beacon_packets', 'Probes by what became of them', ['outcome'], (set) => {
    for (const [outcome, count] of Object.entries(facts().beacon)) set({ outcome }, count)
  })
  gauge('loop_delay_ms', 'Event-loop delay of the agent since the last scrape', ['quantile'], (set) => {
    const { p50Ms, p99Ms, maxMs } = delay.read()
    set({ quantile: '0.5' }, p50Ms)
    set({ quantile: '0.99' }, p99Ms)
    set({ quantile: '1' }, maxMs)
    delay.reset()
  })
  for (const [name, [help, read]] of Object.entries(perSession)) {
    gauge(`session_${name}`, help, ['session', 'title'], (set) => {
      for (const [session, { titleId, report }] of facts().sessions) {
        const value = read(report)
        if (value !== null) set({ session, title: titleId }, value)
      }
    })
  }
  for (const counter of ['inputs', 'dropped'] as const) {
    const help = counter === 'inputs' ? 'Inputs applied, by kind' : 'Inputs and messages dropped, by why'
    gauge(`session_${counter}`, help, ['session', 'kind'], (set) => {
      for (const [session, { report }] of facts().sessions)
        for (const [kind, count] of Object.entries(report[counter])) set({ session, kind }, count)
    })
  }
  return { registry, close: () => delay.stop() }
}
