import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSite } from './site.mjs'

const {
  NETWORK = 'http://127.0.0.1:8080',
  GAME = '',
  ORGANISATION = '',
  KEY_ID = '',
  KEY_FILE = '',
  PORT = '5173',
} = process.env
if ([GAME, ORGANISATION, KEY_ID, KEY_FILE].includes('')) {
  console.error('GAME, ORGANISATION, KEY_ID and KEY_FILE must be set: see README.md')
  process.exit(2)
}
const network = {
  url: NETWORK,
  game: GAME,
  orgId: ORGANISATION,
  keyId: KEY_ID,
  key: createPrivateKey(readFileSync(KEY_FILE)),
}
createSite(() => network).listen(Number(PORT), 'localhost', () => console.log(`http://localhost:${PORT}`))
