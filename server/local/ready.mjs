import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 100

/** @typedef {{ id: string, name: string, available: boolean }} ListedTitle */

/**
 * @param {string} address of the router, e.g. `http://127.0.0.1:8080`
 * @param {AbortSignal} signal
 * @returns {Promise<void>} when the router answers
 */
export async function routerReady(address, signal) {
  await poll(signal, async () => ((await get(`${address}/healthz`)) ? true : null))
}

/**
 * @param {string} address
 * @param {AbortSignal} signal
 * @returns {Promise<ListedTitle[]>} the catalogue, as soon as a node runs a part of it
 */
export async function titlesReady(address, signal) {
  return poll(signal, async () => {
    const titles = await listTitles(address)
    return titles.some(({ available }) => available) ? titles : null
  })
}

/**
 * @param {string} address
 * @returns {Promise<ListedTitle[]>}
 */
export async function listTitles(address) {
  const answer = await get(`${address}/api/titles`)
  if (!answer) return []
  const list = /** @type {{ titles: ListedTitle[] }} */ (await answer.json())
  return list.titles
}

/** @param {string} url */
async function get(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? answer : null
  } catch {
    return null
  }
}

/**
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T | null>} attempt
 * @returns {Promise<T>}
 */
async function poll(signal, attempt) {
  for (;;) {
    signal.throwIfAborted()
    const found = await attempt()
    if (found !== null) return found
    await sleep(pollMs, undefined, { signal })
  }
}
