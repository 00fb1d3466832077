/**
 * Keeps a clean-up run as the newest of a bounded list.
 *
 * KEYS[1] runs · ARGV[1] the run as JSON · ARGV[2] how many to keep · replies nothing of interest
 */
export const recordRunScript = `
redis.call('LPUSH', KEYS[1], ARGV[1])
return redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
`;
