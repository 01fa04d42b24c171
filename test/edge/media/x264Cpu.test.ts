import { expect } from 'chai'
import { x264Instructions } from '../../../edge/media/x264Cpu.ts'

const cpu = (flags: string) => `processor\t: 0\nflags\t\t: fpu ${flags} ht\nbugs\t\t:\n`

describe('x264 instructions', () => {
  it('leave AVX-512 out where the processor has it', () => {
    const list = x264Instructions(cpu('ssse3 sse4_2 avx fma bmi2 avx2 avx512f'))
    expect(list).to.match(/AVX2/)
    expect(list).to.not.match(/512/)
  })

  it('are never named for a processor that may lack them', () => {
    expect(x264Instructions(cpu('ssse3 sse4_2 avx fma bmi2 avx2'))).to.equal(null)
    expect(x264Instructions(cpu('ssse3 sse4_2 avx avx512f'))).to.equal(null)
    expect(x264Instructions('Features : asimd')).to.equal(null)
    expect(x264Instructions('')).to.equal(null)
  })
})
