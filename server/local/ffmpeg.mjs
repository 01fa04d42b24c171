import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * ffmpeg-static fetches its program outside the npm registry. That is tried once, in the background and for a bounded
 * time, and only where the system has no ffmpeg of its own; live video does not need it.
 * @param {object} request
 * @param {string} request.root
 * @param {boolean} request.systemHasOne
 * @param {(line: string) => void} request.say
 * @param {number} [request.limitMs]
 * @returns {{ close(): Promise<void> }}
 */
export function fetchFfmpegOnce({ root, systemHasOne, say, limitMs = 120_000 }) {
  const folder = path.join(root, 'node_modules', 'ffmpeg-static')
  const program = path.join(folder, 'ffmpeg')
  const attempted = path.join(folder, '.download-attempted')
  if (systemHasOne || isExecutable(program) || existsSync(attempted) || !existsSync(folder))
    return { close: async () => {} }

  writeFileSync(attempted, '')
  const child = spawn(process.execPath, [path.join(folder, 'install.js')], {
    stdio: 'ignore',
    env: { ...process.env, CI: 'true', XDG_CACHE_HOME: path.join(root, 'node_modules', '.cache') },
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  let closing = false
  const ended = new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', resolve)
  }).then(() => {
    clearTimeout(limit)
    process.off('exit', end)
    if (isExecutable(program)) return
    // It is marked executable when it is complete: what is there now is a part of it.
    rmSync(program, { force: true })
    if (!closing)
      say('ffmpeg could not be downloaded; playing does not need it (apt-get install ffmpeg brings it).')
  })
  return {
    async close() {
      closing = true
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
