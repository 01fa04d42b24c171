import { expect } from 'chai'
import { type MediaCapabilitiesLike, readDecoders } from '../../client/player/decoders.ts'
import { defaultStream } from '../../config/protocol/stream.ts'

const codecs = [
  { mimeType: 'video/VP8' },
  { mimeType: 'video/rtx' },
  { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42001f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
  { mimeType: 'video/AV1', sdpFmtpLine: 'profile=0' },
]

describe('what a browser says of its decoders', () => {
  it('is asked once for each codec, for the stream that is wanted, in the words of Media Capabilities', async () => {
    const asked: string[] = []
    const capabilities: MediaCapabilitiesLike = {
      async decodingInfo({ video }) {
        asked.push(video.contentType)
        expect(video).to.include({ width: 1280, height: 720, framerate: 60, bitrate: 8_000_000 })
        return {
          supported: !video.contentType.includes('AV1'),
          smooth: true,
          powerEfficient: asked.length === 1,
        }
      },
    }
    expect(await readDecoders(codecs, defaultStream, capabilities)).to.deep.equal([
      { codec: 'h264', hardware: true, smooth: true },
      { codec: 'vp8', hardware: false, smooth: true },
    ])
    expect(asked).to.deep.equal([
      'video/H264;packetization-mode=1;profile-level-id=42001f',
      'video/VP8',
      'video/AV1;profile=0',
    ])
  })

  it('is nothing where the browser does not know the question', async () => {
    const refuses: MediaCapabilitiesLike = { decodingInfo: () => Promise.reject(new TypeError('webrtc?')) }
    expect(await readDecoders(codecs, defaultStream, refuses)).to.deep.equal([])
    expect(await readDecoders(codecs, defaultStream, undefined)).to.deep.equal([])
  })
})
