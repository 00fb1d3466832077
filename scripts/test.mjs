// `npm test`, on whatever Node ≥ 20 the machine has: installs what is missing, then runs the tests on the pinned Node.
import { join } from 'node:path';
import { root } from './installed.mjs';
import { handOver } from './pinned.mjs';

await handOver(join(root, 'scripts', 'run-tests.mjs'));
