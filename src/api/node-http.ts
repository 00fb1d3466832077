import { createRequire } from 'node:module';

/**
 * `node:http` without its ES module face: to make that, Node reads every export, one of which is a getter that loads
 * the whole of undici. It was a fifteenth of our start, for a WebSocket we don't use.
 */
export const { createServer, STATUS_CODES } = createRequire(import.meta.url)('node:http') as typeof import('node:http');
