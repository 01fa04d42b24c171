/**
 * x264 picks the widest instructions that it finds. At 720p its AVX-512 code lowers the core's clock for more than it
 * gains: 2.87 ms of CPU a frame without it, 3.25 ms with it (Xeon, 2 cores, ultrafast).
 */
const WITHOUT_AVX512 = 'MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2'

/** What to name as x264's `asm` on a machine with these CPU flags (`/proc/cpuinfo`); null for x264's own choice. */
export function x264Instructions(cpuInfo: string): string | null {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(' '))
  // x264 takes the list on trust: name only what every processor with AVX-512 has, and only on one that has it.
  const certain = ['avx512f', 'avx2', 'bmi2', 'fma', 'avx', 'sse4_2', 'ssse3'].every((flag) =>
    flags.has(flag),
  )
  return certain ? WITHOUT_AVX512 : null
}
