import type { EndReason, SessionEvent, StartStep } from '../../config/protocol/session.ts'

/**
 * The session process's half of a session's life, as one pure reducer: what happened → what to do. The rule book in
 * config/protocol/session.ts says which reports are legal; this says when they are made.
 */
export type Life =
  | { readonly kind: 'starting'; readonly here: readonly number[] }
  /** The picture is there, nobody has come yet. */
  | { readonly kind: 'waiting'; readonly endsAtMs: number }
  | {
      readonly kind: 'playing'
      /** The players' numbers, one or more. */
      readonly here: readonly number[]
      readonly touchedAtMs: number
      readonly warned: boolean
    }
  /** Frozen until a player is back. */
  | { readonly kind: 'suspended'; readonly graceEndsAtMs: number }
  | { readonly kind: 'ended' }

export type LifeEvent =
  | { readonly kind: 'step'; readonly step: StartStep }
  | { readonly kind: 'picture' }
  | { readonly kind: 'connected' | 'lost'; readonly player: number }
  /** Any input, or a `still-here`, of any player. */
  | { readonly kind: 'touched' }
  | { readonly kind: 'time' }
  | { readonly kind: 'over'; readonly reason: EndReason; readonly detail: string | null }

export type Effect =
  | { readonly kind: 'report'; readonly event: SessionEvent }
  | { readonly kind: 'stream'; readonly player: number }
  /** Null: whoever is there. */
  | { readonly kind: 'hush'; readonly player: number | null }
  | { readonly kind: 'freeze' | 'thaw' | 'clearIdle' | 'close' }
  | { readonly kind: 'warnIdle'; readonly endsInMs: number }

export interface LifeRules {
  readonly graceMs: number
  readonly idleMs: number
  readonly idleWarningMs: number
}

/** A browser needs a few round trips to connect, however short the grace is set. */
const leastWaitMs = 15_000
/** Nor does it need longer than this: a seat that nobody comes to is somebody else’s. */
const mostWaitMs = 30_000

export const firstLife: Life = { kind: 'starting', here: [] }

export interface Advance {
  readonly life: Life
  readonly effects: readonly Effect[]
}

const stay = (life: Life): Advance => ({ life, effects: [] })

const end = (reason: EndReason, detail: string | null, nowMs: number): Advance => ({
  life: { kind: 'ended' },
  effects: [
    { kind: 'hush', player: null },
    { kind: 'report', event: { kind: 'end', reason, detail, atMs: nowMs } },
    { kind: 'close' },
  ],
})

const play = (here: readonly number[], nowMs: number, before: readonly Effect[]): Advance => ({
  life: { kind: 'playing', here, touchedAtMs: nowMs, warned: false },
  effects: [
    ...before,
    ...here.map((player): Effect => ({ kind: 'stream', player })),
    { kind: 'report', event: { kind: 'play', atMs: nowMs } },
  ],
})

const without = (here: readonly number[], player: number): readonly number[] =>
  here.filter((one) => one !== player)
const withPlayer = (here: readonly number[], player: number): readonly number[] => [
  ...without(here, player),
  player,
]

export function advance(life: Life, event: LifeEvent, rules: LifeRules, nowMs: number): Advance {
  if (life.kind === 'ended') return stay(life)
  if (event.kind === 'over') return end(event.reason, event.detail, nowMs)
  switch (life.kind) {
    case 'starting':
      return starting(life, event, rules, nowMs)
    case 'waiting':
      if (event.kind === 'connected') return play([event.player], nowMs, [])
      return event.kind === 'time' && nowMs >= life.endsAtMs ? end('grace-expired', null, nowMs) : stay(life)
    case 'playing':
      return playing(life, event, rules, nowMs)
    case 'suspended':
      if (event.kind === 'connected') return play([event.player], nowMs, [{ kind: 'thaw' }])
      return event.kind === 'time' && nowMs >= life.graceEndsAtMs
        ? end('grace-expired', null, nowMs)
        : stay(life)
    default:
      return life satisfies never
  }
}

function starting(
  life: Extract<Life, { kind: 'starting' }>,
  event: LifeEvent,
  rules: LifeRules,
  nowMs: number,
): Advance {
  switch (event.kind) {
    case 'step':
      return { life, effects: [{ kind: 'report', event: { kind: 'start', step: event.step } }] }
    case 'connected':
      return stay({ kind: 'starting', here: withPlayer(life.here, event.player) })
    case 'lost':
      return stay({ kind: 'starting', here: without(life.here, event.player) })
    case 'picture': {
      const ready: Effect = { kind: 'report', event: { kind: 'ready' } }
      if (life.here.length > 0) return play(life.here, nowMs, [ready])
      const endsAtMs = nowMs + Math.min(Math.max(rules.graceMs, leastWaitMs), mostWaitMs)
      return { life: { kind: 'waiting', endsAtMs }, effects: [ready] }
    }
    default:
      return stay(life)
  }
}

const cleared = ({ warned }: { readonly warned: boolean }): readonly Effect[] =>
  warned ? [{ kind: 'clearIdle' }] : []

/** When the idle warning is due; a warning longer than the whole idle time comes at half of it. */
const warnAfterMs = (rules: LifeRules): number =>
  rules.idleMs - Math.min(rules.idleWarningMs, rules.idleMs / 2)

function playing(
  life: Extract<Life, { kind: 'playing' }>,
  event: LifeEvent,
  rules: LifeRules,
  nowMs: number,
): Advance {
  switch (event.kind) {
    case 'lost': {
      const { player } = event
      const here = without(life.here, player)
      if (here.length === life.here.length) return stay(life)
      if (here.length > 0) return { life: { ...life, here }, effects: [{ kind: 'hush', player }] }
      if (rules.graceMs === 0) return end('grace-expired', null, nowMs)
      const graceEndsAtMs = nowMs + rules.graceMs
      return {
        life: { kind: 'suspended', graceEndsAtMs },
        effects: [
          { kind: 'hush', player },
          { kind: 'freeze' },
          { kind: 'report', event: { kind: 'suspend', graceEndsAtMs } },
        ],
      }
    }
    case 'connected': {
      // One more player, or another browser of theirs without a gap: its encoder and sound start anew.
      const { player } = event
      const here = withPlayer(life.here, player)
      const touched = { ...life, here, touchedAtMs: nowMs, warned: false }
      return { life: touched, effects: [...cleared(life), { kind: 'stream', player }] }
    }
    case 'touched':
      return { life: { ...life, touchedAtMs: nowMs, warned: false }, effects: cleared(life) }
    case 'time': {
      const idleForMs = nowMs - life.touchedAtMs
      if (idleForMs >= rules.idleMs) return end('idle-timeout', null, nowMs)
      if (life.warned || idleForMs < warnAfterMs(rules)) return stay(life)
      return {
        life: { ...life, warned: true },
        effects: [{ kind: 'warnIdle', endsInMs: rules.idleMs - idleForMs }],
      }
    }
    default:
      return stay(life)
  }
}

/** When `time` must be told next, in wall-clock ms; null while nothing is due. */
export function nextDeadlineMs(life: Life, rules: LifeRules): number | null {
  switch (life.kind) {
    case 'waiting':
      return life.endsAtMs
    case 'suspended':
      return life.graceEndsAtMs
    case 'playing':
      return life.touchedAtMs + (life.warned ? rules.idleMs : warnAfterMs(rules))
    case 'starting':
    case 'ended':
      return null
    default:
      return life satisfies never
  }
}
