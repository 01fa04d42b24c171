import * as z from 'zod/mini'

export const videoCodec = z.enum(['h264', 'vp8', 'vp9', 'av1'])
export type VideoCodecName = z.infer<typeof videoCodec>

/** How a browser says that it decodes a codec in WebRTC (W3C Media Capabilities, asked for the size and rate of the stream). */
export const decoder = z.object({
  codec: videoCodec,
  /** A chip does it: `powerEfficient`. */
  hardware: z.boolean(),
  /** It keeps pace. */
  smooth: z.boolean(),
})
export type Decoder = z.infer<typeof decoder>

/** What the player asks of the stream; the node answers with what it gives. */
export const streamRequest = z.object({
  widthPx: z.int().check(z.gte(160), z.lte(3840)),
  heightPx: z.int().check(z.gte(90), z.lte(2160)),
  fps: z.int().check(z.gte(5), z.lte(120)),
  maxBitrateBps: z.int().check(z.gte(200_000), z.lte(100_000_000)),
})
export type StreamRequest = z.infer<typeof streamRequest>

/** The default at 720p60, the design's reference point. */
export const defaultStream: StreamRequest = {
  widthPx: 1280,
  heightPx: 720,
  fps: 60,
  maxBitrateBps: 8_000_000,
}
