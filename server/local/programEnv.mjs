import { SetUpError } from './setUpError.mjs'

const prefix = 'NEARCADE_'

/**
 * Each program refuses settings that it does not know, and one environment feeds them all: every setting goes to the
 * programs that know it, and one that nobody knows is an error here.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly (readonly string[])[]} knownByProgram names without the prefix
 * @returns {Record<string, string>[]} the environment of each program
 * @throws {SetUpError} that names every unknown setting
 */
export function splitEnvironment(env, knownByProgram) {
  const entries = Object.entries(env).flatMap(([key, value]) =>
    value === undefined ? [] : [/** @type {const} */ ([key, value])],
  )
  const all = new Set([...knownByProgram.flat(), 'CONFIG'])
  const unknown = entries
    .filter(([key]) => key.startsWith(prefix) && !all.has(key.slice(prefix.length)))
    .map(([key]) => key)
  if (unknown.length > 0)
    throw new SetUpError(
      `Unknown settings: ${unknown.join(', ')}. There are: ${[...all]
        .sort()
        .map((name) => prefix + name)
        .join(', ')}.`,
    )
  return knownByProgram.map((known) =>
    Object.fromEntries(
      entries.filter(([key]) => !key.startsWith(prefix) || known.includes(key.slice(prefix.length))),
    ),
  )
}
