import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './bundles.ts';

export interface Entrypoint {
  /** Between Node and the program. */
  readonly nodeFlags: readonly string[];
  /** What the image sets beside what all programs share. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a program's image starts it: read from the Dockerfile, so that what is measured and tested is what is deployed. */
export function entrypoint(program: string): Entrypoint {
  const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
  const stage = dockerfile.split(/^FROM /m).find((text) => text.startsWith(`program AS ${program}\n`));
  const command = /^ENTRYPOINT (\[.*\])$/m.exec(stage ?? '')?.[1];
  if (stage === undefined || command === undefined) throw new Error(`Dockerfile: no ENTRYPOINT of ${program}`);
  const nodeFlags = (JSON.parse(command) as string[]).slice(1, -1);
  const env = Object.fromEntries([...stage.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]));
  return { nodeFlags, env };
}
