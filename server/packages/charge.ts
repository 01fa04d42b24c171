/** What a blob is taken to cost: disks give whole blocks, and each has its entry in a folder and its row. */
const blockBytes = 4096
const recordBytes = 512

export const chargeOf = (bytes: number): number => Math.max(bytes, blockBytes) + recordBytes
