import { createRequire } from 'node:module';

/** `node:crypto` by require: an ES import evaluates every export at once, and that loads all of Web Crypto (5 MB). */
export const crypto = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
