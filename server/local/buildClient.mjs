import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { SetUpError } from './setUpError.mjs'

/** A script or style sheet that a page asks for, in the terms of its source. */
const reference = /\b(?:src|href)="(\.{0,2}\/[^"?#]+\.(?:ts|css))"/g

/**
 * Builds the web app: every page in client/ (`library.html`, or `library/index.html`) becomes dist/client/library.html, and
 * the scripts and style sheets that it names by their source path become `/assets/<name>-<hash>`, which may be cached for
 * ever. client/static/ is copied as it is, and client/embed/sdk.ts, which other sites' pages name, becomes /sdk/nearcade.js, its types beside it.
 * @param {string} root
 * @param {string} out
 * @returns {Promise<{ inputs: string[], outputs: string[] }>} relative to the root
 * @throws {SetUpError} with the compiler's messages, or the reference that leads nowhere
 */
export async function buildClient(root, out) {
  const folder = path.join(out, 'client')
  const files = filesUnder(root, 'client')
  const pages = files
    .filter((file) => file.endsWith('.html') && !file.startsWith('client/static/'))
    .map((file) => ({ file, html: readFileSync(path.join(root, file), 'utf8') }))
  const entries = [...new Set(pages.flatMap(({ file, html }) => sourcesOf(file, html)))]
  const lost = entries.filter((file) => !existsSync(path.join(root, file)))
  if (lost.length > 0)
    throw new SetUpError(`A page in client/ asks for files that are not there: ${lost.join(', ')}`)

  rmSync(path.join(root, folder), { recursive: true, force: true })
  mkdirSync(path.join(root, folder, 'assets'), { recursive: true })
  const { inputs, outputs, addresses } = await bundle(root, folder, entries)
  const written = pages.map(({ file, html }) => {
    const target = path.join(folder, `${entryName(file)}.html`)
    writeFileSync(path.join(root, target), withAddresses(file, html, addresses))
    return target
  })
  if (existsSync(path.join(root, 'client/static')))
    cpSync(path.join(root, 'client/static'), path.join(root, folder), { recursive: true })
  const script = await bundleSdk(root, folder)
  const copied = files.filter((file) => file.startsWith('client/static/'))
  return {
    inputs: [...inputs, ...script.inputs, ...pages.map(({ file }) => file), ...copied],
    outputs: [...outputs, ...script.outputs, ...written],
  }
}

/** What all scripts have in common. @type {import('esbuild').BuildOptions} */
const common = {
  tsconfig: 'client/tsconfig.json',
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: ['chrome110', 'firefox115', 'safari16.4'],
  sourcemap: true,
  logLevel: 'silent',
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {readonly string[]} entries
 */
async function bundle(root, folder, entries) {
  const metafile = await built({
    ...common,
    absWorkingDir: root,
    entryPoints: entries.map((file) => ({ in: file, out: `assets/${entryName(file)}` })),
    entryNames: '[dir]/[name]-[hash]',
    chunkNames: 'assets/chunk-[hash]',
    assetNames: 'assets/[name]-[hash]',
    outdir: folder,
    loader: { '.svg': 'file', '.png': 'file', '.webp': 'file', '.woff2': 'file' },
    publicPath: '/',
    splitting: true,
  })
  /** @type {Map<string, string>} */
  const addresses = new Map()
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs))
    if (entryPoint) addresses.set(entryPoint, `/${path.relative(folder, file)}`)
  return { inputs: Object.keys(metafile.inputs), outputs: Object.keys(metafile.outputs), addresses }
}

/**
 * Whole in one file at one address for ever.
 * @param {string} root
 * @param {string} folder
 */
async function bundleSdk(root, folder) {
  const source = 'client/embed/sdk.ts'
  if (!existsSync(path.join(root, source))) return { inputs: [], outputs: [] }
  const outfile = path.join(folder, 'sdk/nearcade.js')
  const { inputs, outputs } = await built({ ...common, absWorkingDir: root, entryPoints: [source], outfile })
  // Made from the same source by `npm run docs`.
  const types = 'docs/embed/nearcade.d.ts'
  const copy = path.join(folder, 'sdk/nearcade.d.ts')
  copyFileSync(path.join(root, types), path.join(root, copy))
  return { inputs: [...Object.keys(inputs), types], outputs: [...Object.keys(outputs), copy] }
}

/** @param {import('esbuild').BuildOptions} options */
async function built(options) {
  const { build } = await import('esbuild')
  try {
    return (await build({ ...options, metafile: true })).metafile
  } catch (cause) {
    throw new SetUpError(
      `The web app could not be built:\n${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

/**
 * @param {string} page
 * @param {string} html
 * @returns {string[]} source files that it names
 */
export function sourcesOf(page, html) {
  return [...html.matchAll(reference)].map((match) => sourcePath(page, match[1] ?? ''))
}

/**
 * @param {string} page
 * @param {string} html
 * @param {ReadonlyMap<string, string>} addresses of the built file by source
 */
export function withAddresses(page, html, addresses) {
  return html.replaceAll(reference, (whole, source) =>
    whole.replace(source, addresses.get(sourcePath(page, source)) ?? source),
  )
}

/**
 * @param {string} page
 * @param {string} source relative to the page, or from client/ on when it starts with a slash
 */
function sourcePath(page, source) {
  return source.startsWith('/') ? path.join('client', source) : path.join(path.dirname(page), source)
}

/**
 * `client/library/main.ts` and `client/library/index.html` are both `library`.
 * @param {string} file
 */
export function entryName(file) {
  const { dir, name } = path.parse(file)
  return name === 'main' || name === 'index' || name === 'style' ? path.basename(dir) : name
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]} relative to the root
 */
export function filesUnder(root, folder) {
  if (!existsSync(path.join(root, folder))) return []
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
}
