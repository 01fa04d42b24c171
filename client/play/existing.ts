import type { SessionView } from '../../config/protocol/api.ts'
import { api } from '../ui/api.ts'

/** A session of this title that still runs or waits. Without an answer the page offers a new one. */
export async function existingSession(titleId: string): Promise<SessionView | null> {
  try {
    const { sessions } = await api.me()
    return sessions.find((session) => session.titleId === titleId && session.state.kind !== 'ended') ?? null
  } catch {
    return null
  }
}
