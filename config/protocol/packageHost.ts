import { isPlainPath } from './content.ts'
import type { TitleManifest } from './title.ts'

/** What every sandbox shows of its host anyway (edge/sandbox/bubblewrap.ts), so that a package learns and reads nothing else by its manifest. */
const hostFolders = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib32/', '/lib64/', '/libx32/', '/etc/fonts/']
/**
 * The sandbox's own. Everything else a title may set, LD_LIBRARY_PATH and LD_PRELOAD too: its environment reaches nothing but its own
 * program, which runs with no more rights than it has anyway.
 */
const sandboxEnv: ReadonlySet<string> = new Set(['DISPLAY', 'HOME', 'PULSE_SERVER', 'USER', 'XAUTHORITY'])
/** Debian Policy Manual 4.7, section 5.6.1: whoever runs the node is told to install it. */
const packageName = /^[a-z0-9][a-z0-9+.-]+$/

export interface HostFault {
  /** Of the manifest, such as `runtime.needs.0`. */
  readonly field: string
  readonly what: string
  readonly next: string
}

/** What a publisher's manifest asks of its host and may not have. Nearcade's own titles are part of the node and are not asked. */
export function hostFaults({ runtime }: Pick<TitleManifest, 'runtime'>): readonly HostFault[] {
  const faults: HostFault[] = []
  for (const field of ['needs', 'reads'] as const)
    for (const [index, path] of (runtime[field] ?? []).entries())
      if (!isPlainPath(path.slice(1)) || !hostFolders.some((folder) => path.startsWith(folder)))
        faults.push({
          field: `runtime.${field}.${index}`,
          what: `is ${path}, which no title gets to see`,
          next: `Bring it in the build, or name something under ${hostFolders.join(', ')}.`,
        })
  for (const [index, name] of runtime.packages.entries())
    if (!packageName.test(name))
      faults.push({
        field: `runtime.packages.${index}`,
        what: `is ${name}, which is no name of a Debian package`,
        next: 'Write it as `apt` does, such as `libsdl2-2.0-0`.',
      })
  for (const name of Object.keys(runtime.kind === 'linux' ? runtime.env : {}))
    if (sandboxEnv.has(name))
      faults.push({
        field: `runtime.env.${name}`,
        what: 'is set by the node',
        next: 'Leave it out.',
      })
  return faults
}
