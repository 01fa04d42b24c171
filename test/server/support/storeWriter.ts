import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import { sessionOf } from '../store.contract.ts'

/** Writes until it is killed, and says each session whose write was acknowledged. */
const store = await openPgliteStore(process.argv[2] ?? '')
await store.guests.seen('guest', 1)
for (let n = 0; ; n += 1) {
  const session = sessionOf('guest', `key-${n}`)
  await store.sessions.create(session, 1_000_000)
  process.send?.(session.id)
}
