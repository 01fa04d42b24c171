import type { EmbedPhase, EmbedStats } from '../../config/protocol/embedEvents.ts'
import type { FromFrame, QualityName } from '../../config/protocol/embedFrame.ts'
import { type Phase, stepNames } from '../player/phase.ts'
import { defaultQuality, type Quality } from '../player/quality.ts'
import type { StreamStats } from '../player/stats.ts'

/** A phase as the page around the frame is told it. */
export const stateOf = (phase: Phase, siteName: string | null): FromFrame => ({
  kind: 'state',
  phase: phase.kind satisfies EmbedPhase,
  words: wordsOf(phase),
  siteName,
})

function wordsOf(phase: Phase): string {
  switch (phase.kind) {
    case 'idle':
      return 'Ready to play'
    case 'progress':
      return stepNames[phase.step]
    case 'waiting':
      return 'Waiting for a free seat'
    case 'playing':
      return 'Playing'
    case 'reconnecting':
      return 'The connection is lost and being sought again'
    case 'taken':
      return 'Played in another window'
    case 'failed':
      return phase.error.what
    case 'ended':
      return phase.end.what
    default:
      return phase satisfies never
  }
}

export const embedStats = ({ widthPx, heightPx, fps, bitrateBps, rttMs }: StreamStats): EmbedStats => ({
  widthPx,
  heightPx,
  fps,
  bitrateBps,
  rttMs,
})

const heightsByName = { '720': 720, '540': 540, '360': 360 } as const

/** What the page's choice means to the player's own menu. */
export function qualityNamed(name: QualityName): Quality {
  if (name === 'saver') return { ...defaultQuality, dataSaver: true }
  return name === 'best' ? defaultQuality : { ...defaultQuality, heightPx: heightsByName[name] }
}
