/**
 * Loaded first into the router and the edge (`node --import`). Their starter holds the other end of the IPC channel; when
 * it is killed the channel closes, and they stop as if they had been told to.
 */
const patienceMs = 15_000

function stop() {
  // Nobody reads any more; a broken pipe is no reason to stop before everything is tidy.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  process.kill(process.pid, 'SIGINT')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patienceMs).unref()
}

if (process.channel) {
  process.once('disconnect', stop)
  process.channel.unref()
} else if (process.connected === false) {
  // The starter went away while this program was loading.
  stop()
}
