import { parseArgs } from 'node:util'
import { SetUpError } from './setUpError.mjs'

/** @typedef {{ help: boolean, host: string, port: number }} StartOptions */

export const startHelp = `Usage: npm start -- [options]

Starts the router and one edge node on this machine and prints the address to open.

  --port NUMBER   port of the web page (default 8080, or NEARCADE_PORT); 0 takes a free one
  --host ADDRESS  address to listen on (default 127.0.0.1, or NEARCADE_HOST); 0.0.0.0 for everybody on your network
  --help          this text

State is kept in ./data; NEARCADE_DATA names another folder.`

/**
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {StartOptions}
 * @throws {SetUpError} that says what is wrong and what there is
 */
export function parseStartOptions(args, env) {
  const { values } = parseOrExplain(args)
  const port =
    values.port === undefined
      ? parsePort(env['NEARCADE_PORT'] ?? '8080', 'NEARCADE_PORT')
      : parsePort(values.port, '--port')
  return { help: values.help === true, host: values.host || env['NEARCADE_HOST'] || '127.0.0.1', port }
}

/** @param {readonly string[]} args */
function parseOrExplain(args) {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, host: { type: 'string' }, port: { type: 'string' } },
      strict: true,
      allowPositionals: false,
    })
  } catch (failure) {
    const first = failure instanceof Error ? failure.message.split('. ')[0] : 'Bad options'
    throw new SetUpError(`${first}. The options are --port, --host and --help.`, { cause: failure })
  }
}

/**
 * @param {string} text
 * @param {string} source
 */
function parsePort(text, source) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new SetUpError(`${source} is '${text}', and a port is a whole number from 0 to 65535.`)
}
