import type { SessionState } from '../../../config/protocol/session.ts'
import type { SessionStore, Store, StoredEvent, StoredSession } from '../../../server/store/store.ts'

/** What sessions need of a store, in plain memory: a model test takes tens of thousands of steps. */
export interface MemoryStore {
  readonly store: Store
  readonly rows: ReadonlyMap<string, StoredSession>
}

export function createMemoryStore(): MemoryStore {
  const rows = new Map<string, StoredSession>()
  const logs = new Map<string, StoredEvent[]>()
  const isOpen = ({ state }: { state: SessionState }): boolean => state.kind !== 'ended'

  const sessions: SessionStore = {
    async create(session, maxOpen) {
      const own = [...rows.values()].filter(({ guestId }) => guestId === session.guestId)
      const repeated = own.find(({ request }) => request.idempotencyKey === session.request.idempotencyKey)
      if (repeated !== undefined) return { kind: 'repeated', session: repeated }
      if (own.filter(isOpen).length >= maxOpen) return { kind: 'too-many' }
      const created: StoredSession = {
        ...session,
        state: { kind: 'requested' },
        revision: 0,
        nodeSeq: 0,
        placement: null,
      }
      rows.set(session.id, created)
      logs.set(session.id, [])
      return { kind: 'created', session: created }
    },
    find: async (id) => rows.get(id) ?? null,
    open: async (guestId) =>
      [...rows.values()]
        .filter((row) => isOpen(row) && (guestId === undefined || row.guestId === guestId))
        .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1)),
    async advance({ sessionId, revision, state, nodeSeq, events, source, atMs }) {
      const row = rows.get(sessionId)
      const before = revision - events.length
      if (row?.revision !== before) return false
      rows.set(sessionId, { ...row, state, revision, nodeSeq: Math.max(row.nodeSeq, nodeSeq) })
      for (const [index, event] of events.entries())
        logs.get(sessionId)?.push({ seq: before + index + 1, source, event, atMs })
      return true
    },
    async hear(id, nodeSeq) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, nodeSeq: Math.max(row.nodeSeq, nodeSeq) })
    },
    async putPlacement(id, placement) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, placement })
    },
    events: async (id) => logs.get(id) ?? [],
    lengths: async () => [],
    seatings: async () =>
      [...logs].flatMap(([sessionId, events]) =>
        events.map(({ event, atMs }) => ({ sessionId, event, atMs })),
      ),
  }
  const store = {
    guests: { seen: async () => {}, find: async () => null },
    nodes: { any: async () => true },
    players: { put: async () => {}, of: async () => new Map(), open: async () => new Map() },
    sessions,
    waits: { put: async () => {}, drop: async () => {}, all: async () => new Map() },
    close: async () => {},
  } as unknown as Store
  return { store, rows }
}
