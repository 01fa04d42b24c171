/**
 * Pure: what bubblewrap is asked for. Two ways in:
 * - as root, bwrap sets up the mounts (so that a project under /root can be mounted at all), then the process becomes
 *   the seat's uid without groups or capabilities, then a second bwrap gives it a user namespace of its own that
 *   cannot make further ones;
 * - as anybody else, one bwrap in a user namespace of its own does all of it.
 */
export type Mount =
  | { readonly kind: 'readOnly' | 'readOnlyIfThere' | 'writable'; readonly from: string; readonly to: string }
  | { readonly kind: 'tmpfs'; readonly to: string; readonly bytes: number; readonly mode: string }
  | { readonly kind: 'folder'; readonly to: string; readonly mode: string }
  | { readonly kind: 'symlink'; readonly target: string; readonly to: string }

export interface ResourceLimits {
  /** RLIMIT_NPROC and RLIMIT_DATA stand in where no cgroup is writable; null leaves them alone. */
  readonly maxProcesses: number | null
  readonly dataBytes: number | null
  readonly openFiles: number
  /** Largest single file; bounds what one write can do to the disk behind the home folder. */
  readonly fileBytes: number | null
}

export interface SandboxPlan {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Of the command alone. Whatever is in it, the programs that lead to the command, as root at first, never see it. */
  readonly ownEnv?: Readonly<Record<string, string>>
  readonly workFolder: string
  readonly mounts: readonly Mount[]
  /** The uid and gid to become; null when not root: then it stays what it is. */
  readonly uid: number | null
  /** Chromium builds its own sandbox out of user namespaces; everything else gets none. */
  readonly allowUserNamespaces: boolean
  /** Whether an unprivileged process of this host may make a user namespace at all. */
  readonly userNamespacesWork: boolean
  readonly limits: ResourceLimits
  readonly hostname: string
}

const mountArgs = (mount: Mount): string[] => {
  switch (mount.kind) {
    case 'readOnly':
      return ['--ro-bind', mount.from, mount.to]
    case 'readOnlyIfThere':
      return ['--ro-bind-try', mount.from, mount.to]
    case 'writable':
      return ['--bind', mount.from, mount.to]
    case 'tmpfs':
      return ['--perms', mount.mode, '--size', String(mount.bytes), '--tmpfs', mount.to]
    case 'folder':
      return ['--perms', mount.mode, '--dir', mount.to]
    case 'symlink':
      return ['--symlink', mount.target, mount.to]
    default:
      return mount satisfies never
  }
}

const limitArgs = (limits: ResourceLimits): string[] => [
  'prlimit',
  '--core=0',
  `--nofile=${limits.openFiles}`,
  ...(limits.maxProcesses === null ? [] : [`--nproc=${limits.maxProcesses}`]),
  ...(limits.dataBytes === null ? [] : [`--data=${limits.dataBytes}`]),
  ...(limits.fileBytes === null ? [] : [`--fsize=${limits.fileBytes}`]),
]

/** The libraries, fonts and keyboard tables every program needs; nothing of /home, /root, /var, /run or the host's /proc. */
export const systemMounts: readonly Mount[] = [
  // parents that bwrap would make itself are closed to the uid that plays
  ...['/etc', '/home', '/opt', '/run'].map((to) => ({ kind: 'folder', to, mode: '0755' }) as const),
  { kind: 'readOnly', from: '/usr', to: '/usr' },
  ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].map(
    (name) => ({ kind: 'readOnlyIfThere', from: `/${name}`, to: `/${name}` }) as const,
  ),
  ...['alternatives', 'fonts', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'nsswitch.conf'].map(
    (name) => ({ kind: 'readOnlyIfThere', from: `/etc/${name}`, to: `/etc/${name}` }) as const,
  ),
]

export function sandboxCommand(plan: SandboxPlan): string[] {
  const asRoot = plan.uid !== null
  const ownUserNamespace = plan.userNamespacesWork && !plan.allowUserNamespaces
  const outer = [
    'bwrap',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(asRoot ? [] : ['--unshare-user', ...(plan.allowUserNamespaces ? [] : ['--disable-userns'])]),
    '--hostname',
    plan.hostname,
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    ...(asRoot ? ['SETUID', 'SETGID', 'SETPCAP'].flatMap((cap) => ['--cap-add', `CAP_${cap}`]) : []),
    ...plan.mounts.flatMap(mountArgs),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    // bwrap makes /dev/shm for the user it runs as, which is not the one that plays
    '--perms',
    '1777',
    '--size',
    String(256 * 1024 * 1024),
    '--tmpfs',
    '/dev/shm',
    '--remount-ro',
    '/',
    '--chdir',
    '/',
    '--clearenv',
    ...Object.entries(plan.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
  ]
  const becomePlayer =
    plan.uid === null
      ? []
      : [
          'setpriv',
          `--reuid=${plan.uid}`,
          `--regid=${plan.uid}`,
          '--clear-groups',
          '--inh-caps=-all',
          '--ambient-caps=-all',
          '--bounding-set=-all',
          '--no-new-privs',
          '--',
          ...(ownUserNamespace
            ? [
                'bwrap',
                '--unshare-user',
                '--disable-userns',
                '--die-with-parent',
                '--dev-bind',
                '/',
                '/',
                '--',
              ]
            : []),
        ]
  // only the player may enter the home, so bwrap as root without capabilities cannot go there
  const ownEnv = Object.entries(plan.ownEnv ?? {}).map(([name, value]) => `${name}=${value}`)
  const enter = ['env', `--chdir=${plan.workFolder}`, ...ownEnv]
  return [...outer, ...becomePlayer, ...limitArgs(plan.limits), ...enter, ...plan.command]
}
