import { posix } from 'node:path'
import type { TitleManifest } from '../../config/protocol/title.ts'

/** What every sandbox shows of its host anyway (edge/sandbox/bubblewrap.ts), so that a package learns and reads nothing else by its manifest. */
const hostFolders = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib32/', '/lib64/', '/libx32/', '/etc/fonts/']
/**
 * The sandbox's own. Everything else a title may set, LD_LIBRARY_PATH and LD_PRELOAD too: its environment reaches nothing but its own
 * program, which runs with no more rights than it has anyway.
 */
const sandboxEnv: ReadonlySet<string> = new Set(['DISPLAY', 'HOME', 'PULSE_SERVER', 'USER', 'XAUTHORITY'])
/** Debian Policy Manual 4.7, section 5.6.1: whoever runs the node is told to install it. */
const packageName = /^[a-z0-9][a-z0-9+.-]+$/

/**
 * What a publisher's manifest asks for and may not have; null: nothing. Our own titles are part of the node and are not asked.
 */
export function packageManifestFault(manifest: TitleManifest): string | null {
  const { runtime } = manifest
  for (const field of ['needs', 'reads'] as const)
    for (const path of runtime[field] ?? [])
      if (posix.normalize(path) !== path || !hostFolders.some((folder) => path.startsWith(folder)))
        return `runtime.${field}: ${path} is none of ${hostFolders.join(', ')}`
  for (const name of runtime.packages)
    if (!packageName.test(name)) return `runtime.packages: ${name} is no name of a Debian package`
  for (const name of Object.keys(runtime.kind === 'linux' ? runtime.env : {}))
    if (sandboxEnv.has(name)) return `runtime.env.${name}: is set by the node`
  return null
}
