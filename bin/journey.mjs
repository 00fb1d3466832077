#!/usr/bin/env node
// The command line's entry on whatever Node ≥ 20 the machine has.
import { join } from 'node:path';
import { root } from '../scripts/install.mjs';
import { handOver } from '../scripts/pinned.mjs';

// A supervisor waits for most of its life: a young generation of 1 MiB is plenty and keeps it small.
await handOver(join(root, 'src', 'cli', 'main.ts'), ['--max-semi-space-size=1']);
