import { expect } from 'chai'
import { extensionIds } from '../../../edge/peer/headerExtensions.ts'
import { createVideoOut } from '../../../edge/peer/videoOut.ts'

const path = { rttMs: 50, targetBps: 4_000_000 }

function setUp() {
  const numbers: number[] = []
  let givenUp = 0
  let stamp = 0
  const out = createVideoOut({
    codecs: [{ codec: 'h264', payloadType: 96, rtxPayloadType: 97 }],
    ssrc: 1,
    rtxSsrc: 2,
    mid: null,
    ids: extensionIds([]),
    repairs: true,
    protection: null,
    writer: {
      write(packet, { kind }) {
        if (kind === 'video') numbers.push(packet.sequenceNumber)
      },
    },
    wallMs: () => 0,
    onBeyondRepair() {
      givenUp++
    },
  })
  /** @returns the numbers of its packets */
  const send = (packets: number, nowMs: number, keyframe = false): number[] => {
    const from = numbers.length
    const payloads = Array.from({ length: packets }, () => Buffer.alloc(1000))
    const frame = {
      codec: 'h264' as const,
      payloads,
      rtpTimestamp: stamp++,
      keyframe,
      capturedAtMs: 0,
      onSent() {},
    }
    for (const packet of out.frame(frame, { minMs: 0, maxMs: 0 })) packet.send(nowMs, null)
    return numbers.slice(from)
  }
  return { out, send, givenUp: () => givenUp }
}

describe('the picture’s packets', () => {
  it('are sent again where few are missing', () => {
    const { out, send, givenUp } = setUp()
    const lost = send(10, 0).slice(0, 3)
    expect(out.repair(lost, 40, path)).to.have.length(3)
    expect(givenUp()).to.equal(0)
  })

  it('are given up for one keyframe where too many are missing, and sent again as before once that has left', () => {
    const { out, send, givenUp } = setUp()
    const lost = send(145, 0)
    expect(out.repair(lost, 40, path)).to.deep.equal([])
    expect(out.repair(lost.slice(0, 2), 60, path)).to.deep.equal([])
    expect(givenUp()).to.equal(1)
    const keyframe = send(8, 100, true)
    expect(out.repair(lost, 120, path), 'what came before the keyframe').to.deep.equal([])
    expect(out.repair(keyframe.slice(0, 2), 140, path)).to.have.length(2)
    expect(givenUp()).to.equal(1)
  })

  it('that are asked for when they are not kept any more cost a keyframe, not seconds of asking', () => {
    const { out, send, givenUp } = setUp()
    const [old = 0] = send(1, 0)
    send(1, 3000)
    expect(out.repair([old], 3040, path)).to.deep.equal([])
    expect(givenUp()).to.equal(1)
  })
})
