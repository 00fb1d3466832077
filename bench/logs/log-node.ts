import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `lines` numbered CRI lines of about `bytes` each, as one container's live log; returns their size. */
export function writeContainer(root: string, pod: string, lines: number, bytes: number): number {
  const directory = join(root, `bench_${pod}_0b6756a2-6a55-4b71-98f2-a3544e821da2`, 'main');
  mkdirSync(directory, { recursive: true });
  const fd = openSync(join(directory, '0.log'), 'w');
  let size = 0;
  let text = '';
  const start = Date.UTC(2026, 10, 25, 6);
  const pad = 'x'.repeat(Math.max(0, bytes - 85));
  for (let n = 0; n < lines; n++) {
    const second = new Date(start + Math.floor(n / 1_000)).toISOString().slice(0, 20);
    text += `${second}${String(n % 1_000_000).padStart(6, '0')}123Z stdout F seq=${n} level=info msg="order placed" pad=${pad}\n`;
    if (text.length < 1_048_576 && n < lines - 1) continue;
    size += writeSync(fd, text);
    text = '';
  }
  closeSync(fd);
  return size;
}
