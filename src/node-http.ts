import { createRequire } from 'node:module';

/**
 * Two built-in modules by require. An ES import evaluates every export at once: of `node:http` that loads the engine of
 * `fetch` and `WebSocket` (15 MB, 40 ms on Node 26), of `node:crypto` all of Web Crypto (5 MB). Programs that run for
 * long and need neither take them from here.
 */
const require = createRequire(import.meta.url);
export const http = require('node:http') as typeof import('node:http');
export const crypto = require('node:crypto') as typeof import('node:crypto');
