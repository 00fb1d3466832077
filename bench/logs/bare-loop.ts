// The floor: what a loop without any guarantee costs. node bare-loop.ts <log file> <output>
import { openSync, readSync, writeSync } from 'node:fs';

const [, , input = '', output = ''] = process.argv;
const from = openSync(input, 'r');
const to = openSync(output, 'w');
const bytes = Buffer.alloc(262_144);
const out = Buffer.alloc(1_048_576);
const level = Buffer.from('level=');
let position = 0;
for (;;) {
  const got = readSync(from, bytes, 0, bytes.length, position);
  let at = 0;
  let length = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, at);
    if (end === -1 || end >= got) break;
    const timeEnd = bytes.indexOf(0x20, at);
    const text = timeEnd + 10;
    const levelAt = bytes.indexOf(level, text);
    length += out.write('{"time":"', length, 'latin1');
    length += bytes.copy(out, length, at, timeEnd);
    length += out.write(levelAt > 0 && levelAt < end ? '","level":"info","log":"' : '","log":"', length, 'latin1');
    for (let i = text; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === 0x22 || byte === 0x5c) out[length++] = 0x5c;
      out[length++] = byte;
    }
    length += out.write('"}\n', length, 'latin1');
    at = end + 1;
  }
  if (at === 0) break;
  writeSync(to, out, 0, length);
  position += at;
}
setInterval(() => {}, 1_000);
