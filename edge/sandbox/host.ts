import { readFileSync, statSync } from 'node:fs'
import { chown } from 'node:fs/promises'

/** First uid of the pool that games run as when the agent is root: one per seat, no names, no groups. */
const firstPlayerUid = 61_000

/** The uid (and gid) of a seat's processes, or null when we are not root and everything runs as ourselves. */
export function playerUid(seat: number): number | null {
  return process.getuid?.() === 0 ? firstPlayerUid + seat : null
}

/** Gives a file or folder to the seat's uid; without root it is ours already. */
export async function giveToPlayer(path: string, seat: number): Promise<void> {
  const uid = playerUid(seat)
  if (uid !== null) await chown(path, uid, uid)
}

const setting = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}

/** Whether an unprivileged process may make a user namespace here: Debian, Ubuntu (AppArmor) and RHEL each have a switch. */
export function userNamespacesWork(): boolean {
  return (
    setting('/proc/sys/kernel/unprivileged_userns_clone') !== '0' &&
    setting('/proc/sys/user/max_user_namespaces') !== '0' &&
    (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') ?? '0') === '0'
  )
}

/** Start time of a process in clock ticks since boot: with the pid it names a process for good. Null when it is gone. */
function startTicks(pid: number): string | null {
  const stat = setting(`/proc/${pid}/stat`)
  // the second field may hold spaces and brackets, so count from its end
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  // a zombie is gone but for its parent's asking
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
}

const pidNamespace = (): number => statSync('/proc/self/ns/pid').ino

/** Marks cgroups and shared-memory folders as this process's: `<pid namespace>-<pid>-<start>`. */
export function ownerTag(): string {
  return `${pidNamespace()}-${process.pid}-${startTicks(process.pid) ?? '0'}`
}

/** Whether a tag's process is certainly gone. Tags of another pid namespace are not ours to judge. */
export function ownerIsGone(tag: string): boolean {
  const parts = /^(\d+)-(\d+)-(\d+)$/.exec(tag)
  if (parts === null || Number(parts[1]) !== pidNamespace()) return false
  return startTicks(Number(parts[2])) !== parts[3]
}
