import { createRequire } from 'node:module';

/**
 * `node:http` by require. An ES import evaluates every export at once, and that loads the engine of `fetch` and
 * `WebSocket` (15 MB, 40 ms on Node 26). Programs that run for long and need neither take it from here.
 */
export const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
