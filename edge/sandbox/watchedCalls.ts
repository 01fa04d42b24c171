/**
 * A classic BPF program for seccomp (seccomp(2)) that has somebody else told of the calls by which a program changes files or reaches for a
 * network, and lets everything else through untouched. What decides is the call's number and its arguments' values: where a path or an
 * address is behind a pointer, whoever is told reads it.
 */
type When =
  | { readonly kind: 'always' }
  /** Any of these bits in this argument. */
  | { readonly kind: 'bits'; readonly argument: number; readonly mask: number }
  /** A pointer that is not null. */
  | { readonly kind: 'given'; readonly argument: number }

export interface WatchedCall {
  readonly name: string
  readonly when: When
  /** Which argument is its path, and which the folder that a relative one begins at (`null`: the working folder). */
  readonly path?: { readonly argument: number; readonly folder: number | null }
  /** Which argument is a socket address. */
  readonly address?: number
}

const always: When = { kind: 'always' }
/** O_WRONLY, O_RDWR, O_CREAT and O_TRUNC, the same on both machines (asm-generic/fcntl.h). */
const writes = (argument: number): When => ({ kind: 'bits', argument, mask: 0o1 | 0o2 | 0o100 | 0o1000 })
const at = (argument: number, folder: number | null = null): Pick<WatchedCall, 'path'> => ({
  path: { argument, folder },
})

/** By name; numbers are the machine's. A rename or a link is told by where it leads. */
const calls: readonly WatchedCall[] = [
  { name: 'open', when: writes(1), ...at(0) },
  { name: 'creat', when: always, ...at(0) },
  { name: 'openat', when: writes(2), ...at(1, 0) },
  { name: 'mkdir', when: always, ...at(0) },
  { name: 'mkdirat', when: always, ...at(1, 0) },
  { name: 'mknod', when: always, ...at(0) },
  { name: 'mknodat', when: always, ...at(1, 0) },
  { name: 'rmdir', when: always, ...at(0) },
  { name: 'unlink', when: always, ...at(0) },
  { name: 'unlinkat', when: always, ...at(1, 0) },
  { name: 'rename', when: always, ...at(1) },
  { name: 'renameat', when: always, ...at(3, 2) },
  { name: 'renameat2', when: always, ...at(3, 2) },
  { name: 'link', when: always, ...at(1) },
  { name: 'linkat', when: always, ...at(3, 2) },
  { name: 'symlink', when: always, ...at(1) },
  { name: 'symlinkat', when: always, ...at(2, 1) },
  { name: 'truncate', when: always, ...at(0) },
  { name: 'connect', when: always, address: 1 },
  { name: 'sendto', when: { kind: 'given', argument: 4 }, address: 4 },
]

interface Machine {
  /** AUDIT_ARCH_… (linux/audit.h). */
  readonly arch: number
  readonly seccomp: number
  readonly prctl: number
  readonly numbers: Readonly<Record<string, number>>
}

/** Numbers of asm/unistd_64.h and asm-generic/unistd.h. */
const machines: Readonly<Record<string, Machine>> = {
  x64: {
    arch: 0xc000003e,
    seccomp: 317,
    prctl: 157,
    numbers: {
      ...{ open: 2, creat: 85, openat: 257, mkdir: 83, mkdirat: 258, mknod: 133, mknodat: 259, rmdir: 84 },
      ...{ unlink: 87, unlinkat: 263, rename: 82, renameat: 264, renameat2: 316, link: 86, linkat: 265 },
      ...{ symlink: 88, symlinkat: 266, truncate: 76, connect: 42, sendto: 44 },
    },
  },
  arm64: {
    arch: 0xc00000b7,
    seccomp: 277,
    prctl: 167,
    numbers: {
      ...{ openat: 56, mkdirat: 34, mknodat: 33, unlinkat: 35, renameat: 38, renameat2: 276, linkat: 37 },
      ...{ symlinkat: 36, truncate: 45, connect: 203, sendto: 206 },
    },
  },
}

export interface SeccompFilter {
  /** `struct sock_filter[]`. */
  readonly program: Buffer
  /** By number. */
  readonly calls: ReadonlyMap<number, WatchedCall>
  /** The number of seccomp(2) itself, and that of prctl(2). */
  readonly seccomp: number
  readonly prctl: number
}

const [load, equal, anyOf, answer] = [0x20, 0x15, 0x45, 0x06]
const allow = 0x7fff_0000
const tell = 0x7fc0_0000
/** Into `struct seccomp_data`, the lower half of an argument first. */
const argumentAt = (argument: number): number => 16 + argument * 8

/** Null: nobody has told us this machine's numbers. */
export function seccompFilter(cpu: string): SeccompFilter | null {
  const machine = machines[cpu]
  if (machine === undefined) return null
  const steps: [code: number, isTrue: number, isFalse: number, value: number][] = [
    [load, 0, 0, 4],
    [equal, 1, 0, machine.arch],
    [answer, 0, 0, allow],
    [load, 0, 0, 0],
  ]
  const watched = new Map<number, WatchedCall>()
  for (const call of calls) {
    const number = machine.numbers[call.name]
    if (number === undefined) continue
    watched.set(number, call)
    const then = decide(call.when)
    steps.push([equal, 0, then.length, number], ...then)
  }
  steps.push([answer, 0, 0, allow])
  const program = Buffer.alloc(steps.length * 8)
  for (const [index, [code, isTrue, isFalse, value]] of steps.entries()) {
    program.writeUInt16LE(code, index * 8)
    program.writeUInt8(isTrue, index * 8 + 2)
    program.writeUInt8(isFalse, index * 8 + 3)
    program.writeUInt32LE(value, index * 8 + 4)
  }
  return { program, calls: watched, seccomp: machine.seccomp, prctl: machine.prctl }
}

function decide(when: When): [number, number, number, number][] {
  const answers: [number, number, number, number][] = [
    [answer, 0, 0, tell],
    [answer, 0, 0, allow],
  ]
  if (when.kind === 'always') return [[answer, 0, 0, tell]]
  const low = argumentAt(when.argument)
  if (when.kind === 'bits') return [[load, 0, 0, low], [anyOf, 0, 1, when.mask], ...answers]
  return [[load, 0, 0, low], [equal, 0, 2, 0], [load, 0, 0, low + 4], [equal, 1, 0, 0], ...answers]
}
