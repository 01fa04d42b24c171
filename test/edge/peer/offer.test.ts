import { expect } from 'chai'
import { negotiate, NoCommonCodec } from '../../../edge/peer/offer.ts'

const head = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1 2']
const audio = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=rtpmap:9 G722/8000',
]
const vp8 = ['a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack pli', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96']
const vp9 = [
  'a=rtpmap:100 VP9/90000',
  'a=fmtp:100 profile-id=2',
  'a=rtpmap:98 VP9/90000',
  'a=fmtp:98 profile-id=0',
]
const av1 = [
  'a=rtpmap:45 AV1/90000',
  'a=fmtp:45 level-idx=5;profile=0;tier=0',
  'a=rtpmap:46 rtx/90000',
  'a=fmtp:46 apt=45',
]
const h264 = [
  'a=rtpmap:103 H264/90000',
  'a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
  'a=rtpmap:104 rtx/90000',
  'a=fmtp:104 apt=103',
  'a=rtpmap:107 H264/90000',
  'a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f',
  'a=rtpmap:109 H264/90000',
  'a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtcp-fb:109 nack pli',
  'a=rtpmap:110 rtx/90000',
  'a=fmtp:110 apt=109',
  'a=rtpmap:112 H264/90000',
  'a=fmtp:112 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f',
]
const data = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:2', 'a=sctp-port:5000']
const offer = (video: readonly string[]) =>
  [
    ...head,
    ...audio,
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 109 110 112',
    'a=mid:1',
    ...video,
    ...data,
    '',
  ].join('\r\n')

describe('an offer’s codecs', () => {
  it('give constrained baseline H.264 in mode 1 with its retransmissions, when the node prefers H.264', () => {
    const chosen = negotiate(offer([...vp8, ...h264]), ['h264', 'vp8'])
    expect(chosen.codecs[0]).to.deep.equal({ codec: 'h264', payloadType: 109, rtxPayloadType: 110 })
    expect(chosen.audio).to.deep.equal({ payloadType: 111, redPayloadType: null })
  })

  it('are all kept that both sides can use, each with its retransmissions, best first', () => {
    const chosen = negotiate(offer([...vp8, ...vp9, ...h264, ...av1]), ['h264', 'av1', 'vp9', 'vp8'])
    expect(chosen.codecs).to.deep.equal([
      { codec: 'h264', payloadType: 109, rtxPayloadType: 110 },
      { codec: 'av1', payloadType: 45, rtxPayloadType: 46 },
      { codec: 'vp9', payloadType: 98, rtxPayloadType: null },
      { codec: 'vp8', payloadType: 96, rtxPayloadType: 97 },
    ])
    expect(chosen.sdp).to.include('m=video 9 UDP/TLS/RTP/SAVPF 109 110 45 46 98 96 97\r\n')
    expect(chosen.sdp).to.not.match(/^a=(rtpmap|fmtp|rtcp-fb):(100|103|107|112) /m)
  })

  it('leave only the chosen ones in the description, so that the answer can name no other', () => {
    const lines = negotiate(offer([...vp8, ...h264]), ['h264']).sdp.split('\r\n')
    expect(lines).to.include('m=video 9 UDP/TLS/RTP/SAVPF 109 110')
    expect(lines).to.include('m=audio 9 UDP/TLS/RTP/SAVPF 111')
    expect(
      lines.filter((line) => /^a=(rtpmap|fmtp|rtcp-fb):(96|97|103|104|107|112|63|9) /.test(line)),
    ).to.deep.equal([])
    expect(lines).to.include.members([
      'a=mid:1',
      'a=sctp-port:5000',
      'a=fmtp:110 apt=109',
      'a=rtcp-fb:109 nack pli',
    ])
  })

  it('fall back to VP8 where the browser has no usable H.264', () => {
    const noMode1 = h264.filter((line) => !line.includes('packetization-mode=1'))
    expect(negotiate(offer([...vp8, ...noMode1]), ['h264', 'vp8']).codecs).to.deep.equal([
      { codec: 'vp8', payloadType: 96, rtxPayloadType: 97 },
    ])
  })

  it('are refused by name when there is nothing in common', () => {
    expect(() => negotiate(offer(vp8), ['h264'])).to.throw(NoCommonCodec, 'none of h264')
    expect(() => negotiate([...head, ...data, ''].join('\r\n'), ['h264'])).to.throw(NoCommonCodec, 'no video')
    expect(() => negotiate('not a description', ['h264'])).to.throw(NoCommonCodec)
  })

  it('keep what protects picture and sound, where the browser takes it', () => {
    const flexfec = ['a=rtpmap:49 flexfec-03/90000', 'a=fmtp:49 repair-window=10000000']
    const redOfOpus = offer([...vp8, ...flexfec]).replace(
      'a=rtpmap:9 G722/8000',
      'a=fmtp:63 111/111\r\na=rtpmap:9 G722/8000',
    )
    const chosen = negotiate(redOfOpus, ['vp8'])
    expect(chosen.fecPayloadType).to.equal(49)
    expect(chosen.audio).to.deep.equal({ payloadType: 111, redPayloadType: 63 })
    expect(chosen.sdp).to.include('m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n')
    expect(chosen.sdp).to.include('m=video 9 UDP/TLS/RTP/SAVPF 96 97 49\r\n')
    expect(chosen.sdp).to.include(flexfec.join('\r\n'))
    const { fecPayloadType, audio: plain } = negotiate(offer(vp8), ['vp8'])
    expect({ fecPayloadType, red: plain?.redPayloadType }).to.deep.equal({ fecPayloadType: null, red: null })
  })

  it('may lack sound', () => {
    const silent = offer(vp8).replace('opus/48000/2', 'pcmu/8000')
    expect(negotiate(silent, ['vp8']).audio).to.equal(null)
  })
})
