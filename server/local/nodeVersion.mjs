/** The oldest Node that runs Nearcade, as in package.json `engines`. */
export const oldestNode = '20.19.0'

/**
 * @param {string} running as `process.versions.node`
 * @param {string} [oldest]
 * @returns {string | null} what is wrong and what to do, or null when this Node will do
 */
export function nodeVersionProblem(running, oldest = oldestNode) {
  if (compareVersions(running, oldest) >= 0) return null
  return `Nearcade needs Node ${oldest} or newer, and this is Node ${running}. Install a newer one (for example from the NodeSource or Debian packages) and run the command again.`
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {number} below zero when `left` is the older one
 */
function compareVersions(left, right) {
  const parts = right.split('.').map(Number)
  const differences = left.split('.').map((part, index) => Number.parseInt(part, 10) - (parts[index] ?? 0))
  return differences.find((difference) => difference !== 0) ?? 0
}
