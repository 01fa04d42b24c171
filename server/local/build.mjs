import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient, filesUnder } from './buildClient.mjs'
import { isFresh, readRecord, stampsIn } from './freshness.mjs'
import { root, setUpModules } from './setup.mjs'
import { SetUpError } from './setUpError.mjs'

/** Where each program of dist/ comes from. */
const programs = {
  router: 'server/main.ts',
  contentThread: 'server/packages/thread/contentThread.ts',
  edge: 'edge/main.ts',
  host: 'edge/host/main.ts',
  session: 'edge/session/main.ts',
  beacon: 'edge/agent/beaconThread.ts',
  trees: 'edge/packages/treeThread.ts',
  leftovers: 'edge/sandbox/leftovers.ts',
  'cli/nearcade': 'client/cli/main.ts',
  'cli/hashWorker': 'client/cli/upload/hashWorker.ts',
  'settings/router': 'config/settings/router.ts',
  'settings/edge': 'config/settings/edge.ts',
}

/**
 * Builds what `npm start` runs: the programs, and the web app in dist/client.
 * @param {object} request
 * @param {(line: string) => void} request.say
 * @param {string} [request.out] folder, relative to the root
 * @returns {Promise<{ built: boolean, tookMs: number }>} `built` is false when nothing had changed
 * @throws {SetUpError} with the compiler's messages
 */
export async function build({ say, out = 'dist' }) {
  const started = performance.now()
  const recordFile = path.join(root, out, '.build.json')
  const stampOf = stampsIn(root)
  const key = buildKey()
  if (isFresh(readRecord(recordFile), key, stampOf))
    return { built: false, tookMs: performance.now() - started }

  say('Building.')
  const { stop } = await import('esbuild')
  const results = [await buildPrograms(out), await buildClient(root, out)]
  // Its helper process would otherwise stay as long as this one.
  await stop()
  const inputs = results.flatMap((result) => result.inputs)
  const record = {
    key,
    inputs: Object.fromEntries(inputs.map((file) => [file, stampOf(file) ?? ''])),
    outputs: results.flatMap((result) => result.outputs),
  }
  mkdirSync(path.dirname(recordFile), { recursive: true })
  writeFileSync(recordFile, JSON.stringify(record))
  return { built: true, tookMs: performance.now() - started }
}

/**
 * @param {string} out
 * @returns {Promise<{ inputs: string[], outputs: string[] }>}
 */
async function buildPrograms(out) {
  const { build: bundle } = await import('esbuild')
  try {
    const { metafile } = await bundle({
      absWorkingDir: root,
      entryPoints: programs,
      outdir: out,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: true,
      metafile: true,
      logLevel: 'silent',
    })
    return { inputs: Object.keys(metafile.inputs), outputs: Object.keys(metafile.outputs) }
  } catch (cause) {
    throw new SetUpError(`The build failed:\n${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** How things are built, and which files there are: what a comparison of the inputs cannot see. */
function buildKey() {
  const hash = createHash('sha256')
  for (const file of ['package-lock.json', 'server/local/build.mjs', 'server/local/buildClient.mjs'])
    hash.update(readFileSync(path.join(root, file)))
  hash.update(JSON.stringify(filesUnder(root, 'client')))
  return hash.digest('hex')
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await setUpModules({ say: console.log })
    const { built, tookMs } = await build({ say: console.log })
    console.log(built ? `Built in ${Math.round(tookMs)} ms.` : 'Nothing has changed.')
  } catch (failure) {
    if (!(failure instanceof SetUpError)) throw failure
    console.error(failure.message)
    process.exitCode = 1
  }
}
