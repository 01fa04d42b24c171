import { expect } from 'chai'
import { seccompFilter } from '../../../edge/sandbox/watchedCalls.ts'

const allowed = 0x7fff0000
const told = 0x7fc00000

/** Classic BPF, as much of it as the filter uses (linux/filter.h). */
function answerTo(
  program: Buffer,
  call: { arch: number; number: number; arguments: readonly bigint[] },
): number {
  const data = Buffer.alloc(64)
  data.writeInt32LE(call.number, 0)
  data.writeUInt32LE(call.arch, 4)
  for (const [index, value] of call.arguments.entries()) data.writeBigUInt64LE(value, 16 + index * 8)
  let loaded = 0
  for (let at = 0; at < program.length / 8; at += 1) {
    const value = program.readUInt32LE(at * 8 + 4)
    const [isTrue, isFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)]
    switch (program.readUInt16LE(at * 8)) {
      case 0x20:
        loaded = data.readUInt32LE(value)
        break
      case 0x15:
        at += loaded === value ? isTrue : isFalse
        break
      case 0x45:
        at += (loaded & value) !== 0 ? isTrue : isFalse
        break
      case 0x06:
        return value
      default:
        throw new Error('an instruction that the filter has no use for')
    }
  }
  throw new Error('the program has no end')
}

describe('the calls of a title that are watched', () => {
  for (const [cpu, arch, numbers] of [
    ['x64', 0xc000003e, { openat: 257, unlinkat: 263, connect: 42, sendto: 44, read: 0, execve: 59 }],
    ['arm64', 0xc00000b7, { openat: 56, unlinkat: 35, connect: 203, sendto: 206, read: 63, execve: 221 }],
  ] as const) {
    const filter = seccompFilter(cpu)
    const ask = (name: keyof typeof numbers, ...given: readonly bigint[]): number =>
      answerTo(filter?.program ?? Buffer.alloc(0), { arch, number: numbers[name], arguments: given })

    it(`on ${cpu} are those that change files or reach for a network, and no others`, () => {
      const [readOnly, readWrite, makes] = [0n, 2n, 0o100n]
      expect(ask('openat', 0n, 1n, readOnly)).equals(allowed)
      expect(ask('openat', 0n, 1n, 0o2000000n)).equals(allowed)
      expect(ask('openat', 0n, 1n, readWrite)).equals(told)
      expect(ask('openat', 0n, 1n, makes)).equals(told)
      expect(ask('unlinkat', 0n, 1n)).equals(told)
      expect(ask('connect', 3n, 1n, 16n)).equals(told)
      // A pointer of which one half is zero is one all the same.
      expect(ask('sendto', 3n, 1n, 5n, 0n, 0n)).equals(allowed)
      expect(ask('sendto', 3n, 1n, 5n, 0n, 0x10n)).equals(told)
      expect(ask('sendto', 3n, 1n, 5n, 0n, 0x7f00_0000_0000n)).equals(told)
      expect(ask('read', 0n, 1n, 2n)).equals(allowed)
      expect(ask('execve', 1n, 1n, 2n)).equals(allowed)
    })

    it(`on ${cpu} leave programs of another kind of machine alone`, () => {
      const program = filter?.program ?? Buffer.alloc(0)
      expect(answerTo(program, { arch: 0x40000003, number: numbers.connect, arguments: [] })).equals(allowed)
      expect(filter?.calls.get(numbers.connect)?.name).equals('connect')
    })
  }

  it('are none on a machine whose numbers nobody knows', () => {
    expect(seccompFilter('riscv64')).equals(null)
  })
})
