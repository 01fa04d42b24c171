import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type LaunchJwk, launchJwk, launchKey, launchKeys } from '../../../config/protocol/embed.ts'
import { decodeValue } from '../../../config/protocol/decode.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { Fault } from '../fault.ts'
import { patiently } from '../patience.ts'
import type { Outcome } from '../terminal.ts'
import { columns, timeText } from '../words.ts'

const keysAt = (orgId: string, ...rest: readonly string[]): string =>
  `/api/orgs/${[orgId, 'launch-keys', ...rest].map(encodeURIComponent).join('/')}`

export function listLaunchKeys(context: Context): Promise<Outcome> {
  return asMember(context, async ({ router, orgId, organisation }) => {
    const patience = shortPatience(context)
    const { signal } = patience
    const found = await patiently(() => router.call(launchKeys, 'GET', keysAt(orgId), { signal }), patience)
    const rows = found.keys.map(({ id, name, createdAtMs, usedAtMs }) => [
      id,
      `made ${timeText(createdAtMs)}`,
      usedAtMs === null ? 'never used' : `used ${timeText(usedAtMs)}`,
      name,
    ])
    return {
      result: { orgId, ...found },
      lines: rows.length === 0 ? [`${organisation} has no launch keys.`] : columns(rows),
    }
  })
}

export interface NewPair {
  /** Where the private half goes. */
  readonly out: string
  /** A key that is there already, instead: PEM or JSON Web Key. */
  readonly public?: string
}

/** Makes a pair on this machine, or takes the public half of one that is there, and registers the public half. */
export function createLaunchKey(
  context: Context,
  name: string,
  { out, public: given }: NewPair,
): Promise<Outcome> {
  return asMember(context, async ({ router, orgId, organisation }) => {
    const { cwd, signal } = context.around
    const file = resolve(cwd, out)
    const jwk = given === undefined ? await makePair(file) : await readPublic(resolve(cwd, given))
    const key = await router
      .call(launchKey, 'POST', keysAt(orgId), { json: { name, jwk }, signal })
      .catch(async (cause: unknown) => {
        // Nobody knows its other half.
        if (given === undefined) await rm(file, { force: true })
        throw cause
      })
    return {
      result: { orgId, key, ...(given === undefined ? { privateKeyFile: file } : {}) },
      lines: [
        `${name} is registered for ${organisation}.`,
        ...(given === undefined ? [`Its private half is in ${file}: it belongs to your backend alone.`] : []),
        `In a launch token: iss ${orgId}, kid ${key.id}`,
      ],
    }
  })
}

export function revokeLaunchKey(context: Context, keyId: string): Promise<Outcome> {
  return asMember(context, async ({ router, orgId }) => {
    const { keys } = await router.call(launchKeys, 'DELETE', keysAt(orgId, keyId), {
      signal: context.around.signal,
    })
    return {
      result: { orgId, keys },
      lines: ['It is revoked: what it signs from now on is refused.'],
    }
  })
}

/** Written before anything is registered, and never over a file. */
async function makePair(file: string): Promise<LaunchJwk> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(file, pem, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    throw new Fault(
      'usage',
      cause.code === 'EEXIST'
        ? {
            code: 'key-file-there',
            what: `${file} is there already.`,
            next: 'Name another file with --out, or register that key with --public.',
          }
        : {
            code: 'key-file-refused',
            what: `${file} cannot be written: ${cause.message}`,
            next: 'Name a file in a folder of yours with --out.',
          },
      cause,
    )
  })
  return publicJwk(publicKey.export({ format: 'jwk' }), file)
}

async function readPublic(file: string): Promise<LaunchJwk> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw notAKey(file, cause)
  })
  try {
    const key = text.trimStart().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text) as Record<string, string>, format: 'jwk' })
      : createPublicKey(text)
    return publicJwk(key.export({ format: 'jwk' }), file)
  } catch (cause) {
    throw cause instanceof Fault ? cause : notAKey(file, cause)
  }
}

function publicJwk(exported: unknown, file: string): LaunchJwk {
  const decoded = decodeValue<LaunchJwk>(launchJwk, exported)
  if (!decoded.ok) throw notAKey(file)
  return decoded.value
}

const notAKey = (file: string, cause?: unknown): Fault =>
  new Fault(
    'usage',
    {
      code: 'not-a-key',
      what: `${file} holds no Ed25519 or P-256 key.`,
      next: 'Name a PEM file or a JSON Web Key, or leave --public out and have a pair made.',
    },
    cause,
  )
