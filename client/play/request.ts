import type { CreateSession } from '../../config/protocol/api.ts'
import type { ProbeResult } from '../../config/protocol/placement.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { type Quality, streamFor } from '../player/quality.ts'
import { randomId } from '../player/randomId.ts'
import { playableCodecs } from '../player/sdp.ts'

/** What the link that led here brought along. */
export interface RequestTokens {
  /** Of a private link to what is staged. */
  readonly testToken: string | null
  /** Of an event's link. */
  readonly eventToken: string | null
}
export const noTokens: RequestTokens = { testToken: null, eventToken: null }

/** @returns null for a browser that can play none of our codecs */
export function createRequest(
  title: TitleCard,
  quality: Quality,
  probes: readonly ProbeResult[],
  tokens: RequestTokens = noTokens,
): CreateSession | null {
  const codecs =
    typeof RTCRtpReceiver === 'undefined'
      ? []
      : playableCodecs(RTCRtpReceiver.getCapabilities('video')?.codecs ?? [])
  if (codecs.length === 0) return null
  return {
    titleId: title.id,
    idempotencyKey: randomId(),
    probes: [...probes],
    codecs,
    stream: streamFor(title.display, quality),
    ...(tokens.testToken === null ? {} : { testToken: tokens.testToken }),
    ...(tokens.eventToken === null ? {} : { eventToken: tokens.eventToken }),
  }
}
