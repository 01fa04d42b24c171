/**
 * What programs make again by themselves and what only means something on the machine that made it. The names are those of freedesktop's
 * base directories, Mesa's and NVIDIA's shader caches and Chromium's profile.
 */
const cacheNames: ReadonlySet<string> = new Set([
  '.cache',
  '.nv',
  '.pulse-cookie',
  'mesa_shader_cache',
  'mesa_shader_cache_db',
  'BrowserMetrics',
  'Cache',
  'CacheStorage',
  'Code Cache',
  'Crashpad',
  'DawnCache',
  'DawnGraphiteCache',
  'DawnWebGPUCache',
  'GPUCache',
  'GraphiteDawnCache',
  'GrShaderCache',
  'ShaderCache',
  'component_crx_cache',
  'extensions_crx_cache',
  'Safe Browsing',
  'segmentation_platform',
])

/** Where HTML5 titles have their browser's profile (edge/titles/html5/chromiumCommand.ts): `.chromium/Default/…` */
const profile = '.chromium'
/** What pages keep in it. The rest is the browser's own: history, safe browsing, field trials; a hundred files, always changing. */
const pagesOwn: ReadonlySet<string> = new Set([
  'Cookies',
  'Cookies-journal',
  'File System',
  'IndexedDB',
  'Local Storage',
  'WebStorage',
  'databases',
])

/** Whether an entry of a home, and all below it, is no save. */
export function isNoSave(path: string): boolean {
  const [top, user, what, ...rest] = path.split('/')
  if (cacheNames.has(rest.at(-1) ?? what ?? user ?? top ?? '')) return true
  if (top !== profile || user === undefined) return false
  return user !== 'Default' || (what !== undefined && !pagesOwn.has(what))
}
