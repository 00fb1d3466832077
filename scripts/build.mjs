// `npm run build`: one folder a program under dist/, each with all it needs: `node dist/api/main.js` runs without
// node_modules. Images are made from them. Runs on whatever Node ≥ 20 the machine has.
import { join } from 'node:path';
import { bundlePrograms } from './bundle-programs.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './installed.mjs';

await ensureInstalled();
for (const file of await bundlePrograms(join(root, 'dist'))) process.stdout.write(`${file}\n`);
