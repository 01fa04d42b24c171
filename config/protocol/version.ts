/** One number for every wire of the network; raised when any message changes incompatibly. */
export const protocolVersion = 1
