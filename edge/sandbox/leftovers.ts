/** Where shared memory lives, and how ours is named: `nearcade-<owner tag>-<random>`. */
export const shmFolder = '/dev/shm'
export const shmPrefix = 'nearcade-'
