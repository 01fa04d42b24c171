import type { CreateSession } from '../../config/protocol/api.ts'
import type { ProbeResult } from '../../config/protocol/placement.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { type Quality, streamFor } from '../player/quality.ts'
import { randomId } from '../player/randomId.ts'
import { playableCodecs } from '../player/sdp.ts'

/** @returns null for a browser that can play none of our codecs */
export function createRequest(
  title: TitleCard,
  quality: Quality,
  probes: readonly ProbeResult[],
  testToken: string | null = null,
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
    ...(testToken === null ? {} : { testToken }),
  }
}
