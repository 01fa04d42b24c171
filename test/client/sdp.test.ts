import { expect } from 'chai'
import { midOf, probeAnswer } from '../../client/player/probe/answer.ts'
import { probeResultOf, samplesOf } from '../../client/player/probe/samples.ts'
import { playableCodecs, preferredCodecs, withSeparateStreams, withStereo } from '../../client/player/sdp.ts'

const offer = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:1',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  '',
].join('\r\n')

describe('session descriptions', () => {
  it('ask for stereo once, in the format line of Opus alone', () => {
    const stereo = withStereo(offer)
    expect(stereo).to.contain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1\r\n')
    expect(withStereo(stereo)).to.equal(stereo)
    expect(withStereo('v=0\r\n')).to.equal('v=0\r\n')
  })

  it('part sound and picture, so that neither waits for the other', () => {
    const answer = [
      'v=0',
      'm=video 9 X 96',
      'a=msid:both video1',
      'a=ssrc:7 msid:both video1',
      'm=audio 9 X 111',
      'a=msid:both audio1',
      '',
    ].join('\r\n')
    const parted = withSeparateStreams(answer)
    const streams = [...parted.matchAll(/^a=msid:(\S+) /gm)].map((match) => match[1])
    expect(new Set(streams).size).to.equal(2)
    expect(parted).to.contain(`a=ssrc:7 msid:${streams[0]} video1`)
    expect(parted.split('\r\n')).to.have.length(answer.split('\r\n').length)
  })

  it('offer every codec that the node may write, H.264 in packetization mode 1 first, with every means of repair', () => {
    const codec = (mimeType: string, sdpFmtpLine?: string) => ({ mimeType, sdpFmtpLine })
    const all = [
      codec('video/VP8'),
      codec('video/rtx'),
      codec('video/VP9', 'profile-id=2'),
      codec('video/VP9', 'profile-id=0'),
      codec('video/H264', 'packetization-mode=0;profile-level-id=42e01f'),
      codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
      codec('video/H265', 'level-id=180;profile-id=1;tier-flag=0'),
      codec('video/AV1', 'level-idx=5;profile=1;tier=0'),
      codec('video/AV1', 'level-idx=5;profile=0;tier=0'),
      codec('video/flexfec-03', 'repair-window=10000000'),
      codec('video/red'),
      codec('video/ulpfec'),
    ]
    expect(preferredCodecs(all)).to.deep.equal([
      all[5],
      all[0],
      all[3],
      all[8],
      all[1],
      all[10],
      all[11],
      all[9],
    ])
    expect(playableCodecs(all)).to.deep.equal(['h264', 'vp8', 'vp9', 'av1'])
    expect(playableCodecs([codec('video/AV1'), codec('video/rtx')])).to.deep.equal(['av1'])
    expect(playableCodecs([all[2], all[4], all[6], all[7]].filter((one) => one !== undefined))).to.deep.equal(
      [],
    )
  })
})

describe('probe', () => {
  const target = {
    addresses: ['192.0.2.1', '198.51.100.7'],
    port: 4711,
    ufrag: 'abcd',
    password: 'x'.repeat(24),
  }

  it('answers for an ICE-lite agent at the beacon, in lines that end in CRLF', () => {
    const answer = probeAnswer(target, 'data')
    expect(answer.endsWith('\r\n')).to.equal(true)
    expect(answer.split('\r\n')).to.include.members([
      'a=ice-lite',
      'a=group:BUNDLE data',
      'a=mid:data',
      'a=ice-ufrag:abcd',
      `a=ice-pwd:${'x'.repeat(24)}`,
      'a=setup:active',
      'a=candidate:1 1 udp 2130706431 192.0.2.1 4711 typ host',
      'a=candidate:2 1 udp 2130706175 198.51.100.7 4711 typ host',
      'a=end-of-candidates',
    ])
  })

  it('names the offer’s own section', () => {
    expect(midOf('v=0\r\nm=application 9 X\r\na=mid:7\r\n')).to.equal('7')
  })

  it('reads single round trips off running totals, and the least of them counts', () => {
    const samples = samplesOf([
      { totalRoundTripTime: 0, responsesReceived: 0 },
      { totalRoundTripTime: 0.03, responsesReceived: 1 },
      { totalRoundTripTime: 0.03, responsesReceived: 1 },
      { totalRoundTripTime: 0.07, responsesReceived: 3 },
    ])
    expect(samples.map(Math.round)).to.deep.equal([30, 20, 20])
    expect(probeResultOf('n', [30, 20, 20], 'stun')).to.deep.equal({
      nodeId: 'n',
      rttMs: 20,
      jitterMs: 10,
      samples: 3,
      via: 'stun',
    })
  })

  it('says null when nothing came back', () => {
    expect(probeResultOf('n', [], 'stun')).to.deep.equal({
      nodeId: 'n',
      rttMs: null,
      jitterMs: null,
      samples: 0,
      via: 'stun',
    })
  })
})
