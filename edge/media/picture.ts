import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, AVCOL_SPC_SMPTE170M } from 'node-av/constants'
import { Frame } from 'node-av/lib'
import { addressOf } from './native.ts'

/** A native I420 picture (BT.601, limited range) whose planes are written in place. */
export interface Picture {
  readonly frame: Frame
  readonly widthPx: number
  readonly heightPx: number
  /** Y, U, V. Views of native memory, with their addresses and the bytes of a line. */
  readonly planes: readonly [Plane, Plane, Plane]
  close(): void
}

export interface Plane {
  readonly bytes: Buffer
  readonly address: bigint
  readonly strideBytes: number
}

/** Both sides must be even: 4:2:0 has no half samples. */
export function allocatePicture(widthPx: number, heightPx: number): Picture {
  if (widthPx % 2 !== 0 || heightPx % 2 !== 0 || widthPx <= 0 || heightPx <= 0) {
    throw new RangeError(`a 4:2:0 picture needs even sides, not ${widthPx}x${heightPx}`)
  }
  const frame = new Frame()
  frame.alloc()
  frame.format = AV_PIX_FMT_YUV420P
  frame.width = widthPx
  frame.height = heightPx
  frame.colorRange = AVCOL_RANGE_MPEG
  frame.colorSpace = AVCOL_SPC_SMPTE170M
  // 64 bytes: what x264's and libyuv's widest vector loads like best.
  const failure = frame.getBuffer(64)
  if (failure < 0) throw new Error(`no buffer for a ${widthPx}x${heightPx} picture (${failure})`)
  const buffers = frame.data
  const strides = frame.linesize
  const plane = (index: 0 | 1 | 2): Plane => {
    const bytes = buffers?.[index]
    const strideBytes = strides[index]
    if (bytes === undefined || strideBytes === undefined) throw new Error('the picture has no planes')
    // Lines are padded to the alignment; equal padding lets whole lines be compared.
    bytes.fill(0)
    return { bytes, address: addressOf(bytes), strideBytes }
  }
  return {
    frame,
    widthPx,
    heightPx,
    planes: [plane(0), plane(1), plane(2)],
    close: () => frame.free(),
  }
}
