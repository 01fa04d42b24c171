import {
  type Decoder,
  type StreamRequest,
  type VideoCodecName,
  videoCodec,
} from '../../config/protocol/stream.ts'
import { type CodecLike, preferredCodecs } from './sdp.ts'

/** The part of `navigator.mediaCapabilities` that is used. Safari and older browsers do not know the type `webrtc`: they reject. */
export interface MediaCapabilitiesLike {
  decodingInfo(asked: {
    type: 'webrtc'
    video: { contentType: string; width: number; height: number; bitrate: number; framerate: number }
  }): Promise<{ supported: boolean; smooth: boolean; powerEfficient: boolean }>
}

/** How this browser decodes each codec that it can play; those it says nothing of are left out. Never rejects. */
export async function readDecoders(
  codecs: readonly CodecLike[],
  stream: StreamRequest,
  capabilities: MediaCapabilitiesLike | undefined,
): Promise<Decoder[]> {
  const asked = new Map<VideoCodecName, Promise<Decoder | null>>()
  for (const { mimeType, sdpFmtpLine } of preferredCodecs(codecs)) {
    const codec = videoCodec.safeParse(mimeType.toLowerCase().replace('video/', '')).data
    if (codec === undefined || asked.has(codec)) continue
    const contentType = sdpFmtpLine === undefined ? mimeType : `${mimeType};${sdpFmtpLine}`
    asked.set(codec, ask(codec, contentType, stream, capabilities))
  }
  return (await Promise.all(asked.values())).filter((decoder) => decoder !== null)
}

async function ask(
  codec: VideoCodecName,
  contentType: string,
  { widthPx, heightPx, fps, maxBitrateBps }: StreamRequest,
  capabilities: MediaCapabilitiesLike | undefined,
): Promise<Decoder | null> {
  const video = { contentType, width: widthPx, height: heightPx, bitrate: maxBitrateBps, framerate: fps }
  try {
    const info = await capabilities?.decodingInfo({ type: 'webrtc', video })
    if (info?.supported !== true) return null
    return { codec, hardware: info.powerEfficient, smooth: info.smooth }
  } catch {
    return null
  }
}
