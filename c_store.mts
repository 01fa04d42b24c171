import { mkdtemp, rm } from 'node:fs/promises'
import { openPgliteStore } from '/tmp/wc/server/store/pgliteStore.ts'
import { defaultStream } from '/tmp/wc/config/protocol/stream.ts'
const folder = await mkdtemp('/tmp/c_store-')
const store = await openPgliteStore(folder + '/s')
const N = Number(process.env.N ?? 3000)
const cpu = async (name, f, n = N) => { const c0 = process.cpuUsage(); const t = performance.now(); let at = 0; await Promise.all(Array.from({ length: 64 }, async () => { while (at < n) await f(at++) })); const c = process.cpuUsage(c0); console.log(name.padEnd(20), ((c.user + c.system) / n).toFixed(0), 'us cpu', (((performance.now() - t) * 1000) / n).toFixed(0), 'us wall') }
const probes = Array.from({ length: 16 }, (_, i) => ({ nodeId: 'node-00' + i, rttMs: 12 + i, jitterMs: 2, samples: 3, via: 'stun' }))
const req = (key) => ({ titleId: 't', idempotencyKey: key, probes, codecs: ['h264', 'vp8'], stream: defaultStream })
for (let g = 0; g < 2; g++) {
const id = (i) => `00000000-0000-4000-8000-${g}00000${String(i * 7919 % 100003).padStart(6, '0')}`
await cpu('seen', (i) => store.guests.seen('g' + (i % 2000), i))
await cpu('create', (i) => store.sessions.create({ id: id(i), guestId: 'g' + (i % 2000), titleId: 't', request: req(id(i)), createdAtMs: i }, 1000))
const step = (i, revision, state, event) => ({ sessionId: id(i), revision, state, nodeSeq: 0, event, source: 'router', atMs: 5 })
await cpu('advance place', (i) => store.sessions.advance(step(i, 1, { kind: 'placed', nodeId: 'node-000123' }, { kind: 'place', nodeId: 'node-000123' })))
for (const size of [1000, 4000, 8000]) { const cand = { nodeId: 'node-000123', siteName: 'x', terms: { a: 1.25, b: 2.5, c: 16.67, d: 0, load: 3.25 } }; const candidates = Array.from({ length: Math.round(size / JSON.stringify(cand).length) }, () => cand); await cpu('placement ' + size, (i) => store.sessions.putPlacement(id(i), { sessionId: id(i), decidedAtMs: 1, chosenNodeId: 'node-000123', inWords: 'x', candidates })) }
await cpu('advance reserve', (i) => store.sessions.advance(step(i, 2, { kind: 'reserved', nodeId: 'node-000123', leaseId: 'node-000123-0-1', fence: 3 }, { kind: 'reserve', leaseId: 'node-000123-0-1', fence: 3 })))
await cpu('advance end', (i) => store.sessions.advance(step(i, 3, { kind: 'ended', reason: 'player-ended', detail: null, endedAtMs: 3 }, { kind: 'end', reason: 'player-ended', detail: null, atMs: 3 })))
}
await store.close()
await rm(folder, { recursive: true })
