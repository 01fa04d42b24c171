/** Sweeps as whoever runs it, and says what it had to leave. */
import { sweepLeftovers } from '../../../edge/sandbox/leftovers.ts'

const left: string[] = []
await sweepLeftovers((path) => void left.push(path))
console.log(JSON.stringify(left))
