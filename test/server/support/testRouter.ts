import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseRouterSettings, type RouterSettings } from '../../../config/settings/router.ts'
import { systemClock, type Clock } from '../../../server/clock.ts'
import type { Prior } from '../../../server/placement/prior.ts'
import { startRouter, type Router } from '../../../server/router.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { makeNodeKey, type NodeKey } from './fakeNode.ts'
import { quickPasswords } from './quickPasswords.ts'
import { tempFolder } from './tempFolder.ts'
import { titleJson } from './titles.ts'

/** A router's surroundings that outlive it: its store, its keys, titles and a web app. */
export interface TestBed {
  readonly folder: string
  readonly store: Store
  start(settings?: Partial<RouterSettings>, clock?: Clock): Promise<Router>
  /** A node that is enrolled already. */
  enrolledKey(): Promise<NodeKey>
  /** Ends every session that a test has left open. */
  endSessions(): Promise<void>
  /** Also closes routers that a failed test has left. */
  close(): Promise<void>
}

const nowhere: Prior = { lookup: async () => null, close: async () => {} }

export async function openTestBed(): Promise<TestBed> {
  const folder = await tempFolder()
  const titlesDir = path.join(folder.path, 'titles')
  const webDir = path.join(folder.path, 'web')
  for (const id of ['game', 'other']) {
    await mkdir(path.join(titlesDir, id), { recursive: true })
    await writeFile(path.join(titlesDir, id, 'nearcade.title.json'), JSON.stringify(titleJson(id)))
    await writeFile(path.join(titlesDir, id, 'cover.png'), 'a picture')
  }
  await mkdir(path.join(webDir, 'assets'), { recursive: true })
  await writeFile(path.join(webDir, 'library.html'), '<!doctype html><title>Library</title>')
  await writeFile(path.join(webDir, 'play.html'), '<!doctype html><title>Play</title>')
  await writeFile(path.join(webDir, 'assets', 'app-ABC.js'), 'export {}')
  const store = await openPgliteStore(null)
  // A router closes the store it is given; this one is shared by all routers of a suite.
  const kept: Store = { ...store, close: async () => {} }
  const routers: Router[] = []

  return {
    folder: folder.path,
    store,
    async start(settings = {}, clock = systemClock) {
      const defaults = parseRouterSettings({
        NEARCADE_PORT: '0',
        NEARCADE_DATA: path.join(folder.path, 'data'),
        NEARCADE_TITLES: titlesDir,
        NEARCADE_WEB: webDir,
        NEARCADE_ENROL_TOKEN: 'first-token',
        NEARCADE_LOG_LEVEL: 'silent',
      })
      const router = await startRouter(
        { ...defaults, ...settings },
        { store: kept, prior: nowhere, clock, passwords: quickPasswords },
      )
      routers.push(router)
      return router
    },
    async enrolledKey() {
      const key = makeNodeKey()
      const token = { hash: key.nodeId, host: key.nodeId, atMs: 1, trust: null }
      await store.nodes.offerToken(token)
      await store.nodes.enrol({ id: key.nodeId, publicKey: key.publicKey, tokenHash: token.hash, atMs: 1 })
      return key
    },
    async endSessions() {
      for (const { id, revision } of await store.sessions.open()) {
        const end = { reason: 'internal', detail: null } as const
        await store.sessions.advance({
          sessionId: id,
          revision: revision + 1,
          state: { kind: 'ended', ...end, endedAtMs: 0 },
          nodeSeq: 0,
          events: [{ kind: 'end', ...end, atMs: 0 }],
          source: 'router',
          atMs: 0,
        })
      }
    },
    async close() {
      for (const router of routers) await router.close()
      await store.close()
      await folder.remove()
    },
  }
}
