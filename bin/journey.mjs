#!/usr/bin/env node
// The command line's entry on whatever Node ≥ 20 the machine has.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundlesFolder } from '../scripts/bundles-folder.mjs';
import { root } from '../scripts/installed.mjs';
import { handOver } from '../scripts/pinned.mjs';

// Bundles of an earlier start, if these are still its sources, are ready in half the time. `JOURNEY_BUNDLES=off`: never.
let main = join(root, 'src', 'cli', 'main.ts');
if (process.env.JOURNEY_BUNDLES !== 'off') {
  const bundles = bundlesFolder(root);
  process.env.JOURNEY_BUNDLES = bundles;
  const bundled = join(bundles, 'cli', 'main.js');
  if (existsSync(bundled)) main = bundled;
}
// A supervisor waits for most of its life.
await handOver(main, { small: true });
