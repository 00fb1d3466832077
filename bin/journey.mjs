#!/usr/bin/env node
// The command line's entry on whatever Node ≥ 20 the machine has.
import { join } from 'node:path';
import { root } from '../scripts/install.mjs';
import { handOver } from '../scripts/pinned.mjs';

await handOver(join(root, 'src', 'cli', 'main.ts'));
