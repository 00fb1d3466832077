import assert from 'node:assert/strict';
import test from 'node:test';
import type { CliContext } from './context.ts';
import { sameFolder } from './folder-option.ts';
import { painter } from './paint.ts';
import { welcome } from './welcome.ts';

const context = { language: 'en', uptimeMs: () => 400 } as CliContext;
const status = { version: '1', pid: 1, folder: '/x', startedAt: 0, programs: [], cleanup: { runs: [], nextAt: 0 } };
const commandsFor = (dir?: string) => {
  const folder = dir ?? '.journey';
  const paint = painter({ isTTY: false } as never, {});
  const text = welcome(status as never, {
    context,
    folder,
    dir: sameFolder(dir === undefined ? {} : { dir }, folder),
    paint,
  });
  return text.match(/npx journey .*?(?=$| · )/gm);
};

test('the commands of the welcome mean the stack that was started', () => {
  assert.deepEqual(commandsFor(), ['npx journey cleanup', 'npx journey status', 'npx journey logs --follow']);
  assert.deepEqual(commandsFor('/data/of mine'), [
    "npx journey cleanup --dir '/data/of mine'",
    "npx journey status --dir '/data/of mine'",
    "npx journey logs --follow --dir '/data/of mine'",
  ]);
});
