import { existsSync, readFileSync, readlinkSync, openSync, readSync, closeSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import type { Duplex } from 'node:stream'
import { libcFunction } from '../media/native.ts'
import { seccompFilter, type WatchedCall } from './watchedCalls.ts'

/** One call of a program in the sandbox, on its way into the kernel: what becomes of it is not known yet. */
export interface SeenCall {
  readonly name: string
  /** Absolute, as the program sees it. Null: it is no call about a path, or the path could not be read. */
  readonly path: string | null
  /** `struct sockaddr`, cut off. */
  readonly address: Buffer | null
  /** It would make what is not there. */
  readonly makes: boolean
  /** Whether something is there. */
  readonly exists: boolean
}

/**
 * Watches the calls of a sandbox by seccomp's user notifications (seccomp_unotify(2)): the kernel holds each watched call until we have read
 * what it is about, and lets it go on then. Nothing is changed and nothing refused. It works without a tracer, as root and as anybody
 * else. It sees no call of 32-bit programs, no sendmsg to an address, and no io_uring; and a program that changes a path in its memory
 * meanwhile is believed. It finds what honest titles do by mistake or habit; the sandbox itself is what holds the others.
 */
export interface CallWatch {
  /** What to run in front of the command, which finds its talk with us at this descriptor. */
  prefix(descriptor: number): readonly string[]
  /** Call once the process runs. Settles when the command may begin, watched or, where this kernel does not let us, not. */
  begin(pid: number, talk: Duplex): Promise<void>
  /** False: nothing was seen because nothing was looked at. */
  readonly isWatching: boolean
  /** Call when nothing of the sandbox is left. */
  close(): Promise<void>
}

const perl = '/usr/bin/perl'
/**
 * Puts the filter upon itself, says which descriptor its calls can be heard at, waits until we have it, and becomes the command. Perl is
 * there on every Debian, takes no time to start and has syscall().
 */
const launcher = [
  'my ($fd, $seccomp, $prctl, $isRoot, $hex) = splice @ARGV, 0, 5;',
  'my $program = pack("H*", $hex);',
  'my $filter = pack("S x6 P", length($program) / 8, $program);',
  'syscall($prctl, 38, 1, 0, 0, 0) unless $isRoot;',
  'my $listener = syscall($seccomp, 1, 8, $filter);',
  'open(my $talk, "+<&=", $fd) or die $!;',
  'syswrite($talk, "$listener\\n"); sysread($talk, my $go, 1); close($talk);',
  'exec { $ARGV[0] } @ARGV or die $!;',
].join(' ')

/** Before anything of the title runs. */
const sandboxPrograms: ReadonlySet<string> = new Set(['bwrap', 'setpriv', 'prlimit'])
const pathBytes = 4096
const addressBytes = 28
const noticeBytes = 80
const replyBytes = 24
/** SECCOMP_IOCTL_NOTIF_RECV and SECCOMP_IOCTL_NOTIF_SEND (linux/seccomp.h), and the flag that lets a call go on. */
const [receive, send, goOn] = [0xc050_2100, 0xc018_2101, 1]
const [pidfdOpen, pidfdGetfd] = [434, 438]
const readable = 1
const lookEveryMs = 200
const makingFlags = 0o100n
const workingFolder = -100

/** Null: not on this kind of machine. */
export function openCallWatch(onCall: (call: SeenCall) => void): CallWatch | null {
  const filter = seccompFilter(process.arch)
  if (filter === null || !existsSync(perl)) return null
  const libc = {
    call: libcFunction('long syscall(long number, long a, long b, long c)'),
    ioctl: libcFunction('int ioctl(int fd, unsigned long request, void *data)'),
    poll: libcFunction('int poll(void *fds, unsigned long count, int timeoutMs)'),
  }
  let isClosed = false
  let isWatching = false
  let listening: Promise<void> = Promise.resolve()

  async function listen(listener: number): Promise<void> {
    const wanted = Buffer.alloc(8)
    wanted.writeInt32LE(listener, 0)
    wanted.writeInt16LE(readable, 4)
    while (!isClosed) {
      const ready = await new Promise<number>((resolve, reject) =>
        libc.poll.async(wanted, 1, lookEveryMs, (cause: unknown, found: number) =>
          cause === null || cause === undefined ? resolve(found) : reject(cause as Error),
        ),
      )
      if (ready < 0) break
      if (ready === 0) continue
      // Hung up: nobody is left whose calls these would be.
      if ((wanted.readInt16LE(6) & readable) === 0) break
      hear(listener)
    }
    closeSync(listener)
  }

  function hear(listener: number): void {
    const notice = Buffer.alloc(noticeBytes)
    if (libc.ioctl(listener, receive, notice) !== 0) return
    try {
      const seen = seenCall(notice, filter?.calls.get(notice.readInt32LE(16)))
      if (seen !== null) onCall(seen)
    } finally {
      const reply = Buffer.alloc(replyBytes)
      notice.copy(reply, 0, 0, 8)
      reply.writeUInt32LE(goOn, 20)
      libc.ioctl(listener, send, reply)
    }
  }

  return {
    prefix: (descriptor) => [
      ...[perl, '-e', launcher, String(descriptor), String(filter.seccomp), String(filter.prctl)],
      ...[process.getuid?.() === 0 ? '1' : '0', filter.program.toString('hex')],
    ],
    async begin(pid, talk) {
      const said = await new Promise<string>((resolve) => {
        talk.once('data', (line: Buffer) => resolve(String(line)))
        talk.once('close', () => resolve(''))
        talk.once('error', () => resolve(''))
      })
      const theirs = Number.parseInt(said, 10)
      const process = theirs >= 0 ? Number(libc.call(pidfdOpen, pid, 0, 0)) : -1
      const listener = process >= 0 ? Number(libc.call(pidfdGetfd, process, theirs, 0)) : -1
      if (process >= 0) closeSync(process)
      if (listener >= 0) {
        isWatching = true
        listening = listen(listener)
      }
      talk.end('.')
    },
    get isWatching() {
      return isWatching
    },
    async close() {
      isClosed = true
      await listening
    },
  }
}

/** Null: it is of the sandbox itself, or of somebody who is gone by now. */
function seenCall(notice: Buffer, call: WatchedCall | undefined): SeenCall | null {
  if (call === undefined) return null
  const pid = notice.readUInt32LE(8)
  const argument = (index: number): bigint => notice.readBigUInt64LE(32 + index * 8)
  try {
    if (sandboxPrograms.has(readFileSync(`/proc/${pid}/comm`, 'utf8').trim())) return null
    if (call.path === undefined)
      return {
        ...{ name: call.name, path: null, makes: false, exists: false },
        address: peek(pid, argument(call.address ?? 0), addressBytes),
      }
    const bytes = peek(pid, argument(call.path.argument), pathBytes)
    const end = bytes.indexOf(0)
    const given = bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
    const folder =
      call.path.folder === null ? workingFolder : Number(BigInt.asIntN(32, argument(call.path.folder)))
    const from = isAbsolute(given) ? '/' : folderOf(pid, folder)
    const path = normalize(isAbsolute(given) ? given : join(from, given))
    const { when } = call
    const makes =
      when.kind === 'bits' ? (argument(when.argument) & makingFlags) !== 0n : !removes.has(call.name)
    return { name: call.name, path, address: null, makes, exists: existsSync(`/proc/${pid}/root${path}`) }
  } catch {
    return null
  }
}

const removes: ReadonlySet<string> = new Set(['rmdir', 'truncate', 'unlink', 'unlinkat'])

const folderOf = (pid: number, descriptor: number): string =>
  readlinkSync(descriptor === workingFolder ? `/proc/${pid}/cwd` : `/proc/${pid}/fd/${descriptor}`)

function peek(pid: number, at: bigint, bytes: number): Buffer {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    // Up to the end of a page, behind which there may be nothing.
    const first = Math.min(bytes, 4096 - Number(at % 4096n))
    const read = readSync(memory, buffer, 0, first, at)
    if (read < first || buffer.subarray(0, read).includes(0) || first === bytes)
      return buffer.subarray(0, read)
    return buffer.subarray(0, read + readSync(memory, buffer, read, bytes - read, at + BigInt(read)))
  } finally {
    closeSync(memory)
  }
}
