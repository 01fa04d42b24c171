import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import { type Context, organisationOf, shortPatience } from '../context.ts'
import { Fault } from '../fault.ts'
import { readKeys, writeKeys } from '../keyFile.ts'
import { openRouter } from '../router.ts'
import { keyFileOf, serverUrl, usualServer } from '../surroundings.ts'
import type { Outcome } from '../terminal.ts'

/** Asks for an API key, sees whether it is good, and keeps it for the next commands. */
export async function login(context: Context): Promise<Outcome> {
  const { around } = context
  const file = keyFileOf(around)
  const server = serverUrl(context.server ?? around.env['NEARCADE_SERVER'] ?? usualServer)
  const keys = await readKeys(file)
  const key = (around.env['NEARCADE_KEY'] ?? (await askKey(context, server))).trim()
  if (!/^nck_[\w-]+$/.test(key))
    throw new Fault('usage', {
      code: 'no-key',
      what: 'That is no API key: they begin with nck_.',
      next: 'Copy one from the page of your organisation.',
    })
  using router = openRouter(server, key)
  const { id, name } = await organisationOf(router, shortPatience(context))
  await writeKeys(file, {
    current: server,
    servers: { ...keys.servers, [server]: { key, orgId: id, organisation: name } },
  })
  return {
    result: { server, organisation: { id, name }, file },
    lines: [`Signed in to ${server} for ${name}.`, `The key is in ${file}.`],
  }
}

async function askKey({ around, asks }: Context, server: string): Promise<string> {
  if (!asks) return readAll(around.stdin)
  // What is typed is not shown: keys stay in scroll-back and recordings otherwise.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  process.stderr.write(`API key for ${server}: `)
  const ask = createInterface({ input: around.stdin, output: silent, terminal: true })
  try {
    return await ask.question('', { signal: around.signal })
  } finally {
    ask.close()
    process.stderr.write('\n')
  }
}
