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

/** Whether an entry of this name, and all below it, is no save. */
export const isCache = (name: string): boolean => cacheNames.has(name)
