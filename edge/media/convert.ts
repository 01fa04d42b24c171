import { createLibyuvConverter } from './libyuv.ts'
import type { Converter } from './pixels.ts'
import { createSwscaleConverter } from './swscale.ts'

/** libyuv where the machine has it, FFmpeg's swscale where not. */
export function createConverter(): Converter {
  return createLibyuvConverter() ?? createSwscaleConverter()
}
