/** The page's own controls over the player. The player's bar stays: `controls="off"` takes it away. */
const player = document.querySelector('nearcade-player')
const state = document.querySelector('[data-role=state]')
const figures = document.querySelector('[data-role=figures]')
const mute = document.querySelector('[data-do=mute]')

// This visitor's user, as the shop knows them: their saves are there again on every visit.
player.launchToken = async () => {
  const answer = await fetch('/launch-token', { method: 'POST' })
  if (!answer.ok) throw new Error(`launch token: ${answer.status}`)
  return answer.text()
}

player.addEventListener('statechange', ({ detail: { words, siteName } }) => {
  state.textContent = siteName === null ? words : `${words} (${siteName})`
})
player.addEventListener('error', ({ detail: { code, what, next } }) => {
  state.textContent = `${what} ${next} (${code})`
})
player.addEventListener('stats', ({ detail: { heightPx, fps, bitrateBps } }) => {
  figures.textContent = `${heightPx}p, ${Math.round(fps)} fps, ${(bitrateBps / 1e6).toFixed(1)} Mbit/s`
})
player.addEventListener('volumechange', ({ detail: { muted } }) => {
  mute.setAttribute('aria-pressed', String(muted))
})

const actions = {
  start: () => player.start(),
  stop: () => player.stop(),
  mute: () => {
    player.muted = !player.muted
  },
  fullscreen: () => player.fullscreen(),
}
for (const [name, act] of Object.entries(actions))
  document.querySelector(`[data-do=${name}]`).addEventListener('click', act)
