/** How a running game is spoken with, in the lines of config/protocol/gameMessages.ts. Nothing that it says is to be believed. */
export interface GameDoor {
  /** @returns false: the game does not read, and no more can wait for it */
  send(line: string): boolean
  onLine(listener: (line: string) => void): void
}
