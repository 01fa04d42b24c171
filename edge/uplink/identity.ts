import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { challengeText } from '../../config/protocol/nodeSocket.ts'

/** Who a node is: an Ed25519 key that never leaves its disk. */
export interface NodeIdentity {
  /** SHA-256 of the raw public key, base64url. */
  readonly nodeId: string
  /** Raw 32 bytes, base64url. */
  readonly publicKey: string
  /** Signature of `challengeText(nonce)`, base64url. */
  answer(nonce: string): string
  /** Its signature, base64url. Only of texts that begin with what they are for. */
  sign(text: string): string
}

const keyFileName = 'node.key'

/**
 * The node's key, made on first use (PKCS #8 PEM, mode 0600).
 * @throws Error where the file holds something else than an Ed25519 key; it is never overwritten.
 */
export async function loadIdentity(dataDir: string): Promise<NodeIdentity> {
  await mkdir(dataDir, { recursive: true })
  const file = join(dataDir, keyFileName)
  const privateKey = (await readKey(file)) ?? (await makeKey(file))
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url')
  const signed = (text: string): string => sign(null, Buffer.from(text), privateKey).toString('base64url')
  return {
    nodeId: createHash('sha256').update(raw).digest('base64url'),
    publicKey: raw.toString('base64url'),
    answer: (nonce) => signed(challengeText(nonce)),
    sign: signed,
  }
}

async function readKey(file: string): Promise<KeyObject | null> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 key`)
  await chmod(file, 0o600)
  return key
}

async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  return privateKey
}
