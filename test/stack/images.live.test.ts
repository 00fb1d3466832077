import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { lockWhenFree } from '../../src/cluster/local/cluster-lock.ts';
import { type BuiltImage, buildImages, notInImages, programs } from '../../src/stack/images/build-images.ts';
import { BuildahBuilder, buildahProblem } from '../../src/stack/images/buildah-builder.ts';
import { buildArguments } from '../../src/stack/images/docker-builder.ts';
import type { BuildContext } from '../../src/stack/images/image-builder.ts';
import { build } from '../cluster/support/own-cluster.ts';
import { entrypoint } from '../support/image-entrypoint.ts';
import { freePort } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { want } from '../support/want.ts';
import { root } from './support/manifests.ts';

// The base image stays in the user's cache: making it takes a minute and the network.
const context: BuildContext = { ...build, signal: AbortSignal.timeout(15 * 60_000) };
const references = programs.map((program) => `localhost/journey-${program}:${packageJson.version}`);
const allowedMegabytes = 60;
/** The first build on a machine fetches and packs a Debian base. */
const coldBuild = { timeout: 15 * 60_000 };

let building: Promise<readonly BuiltImage[]> | undefined;
const folder = mkdtempSync(join(tmpdir(), 'journey-images-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** All images, built once for this file; `undefined` when the test was skipped. */
async function images(t: TestContext): Promise<readonly BuiltImage[] | undefined> {
  const problem = buildahProblem(context);
  if (!want(t, problem === undefined, `buildah as root (${problem})`, 'sudo apt-get install buildah debootstrap')) {
    return undefined;
  }
  mkdirSync(context.cacheFolder, { recursive: true });
  const builder = new BuildahBuilder(context);
  building ??= buildImages({ root, references, builder, context, language: 'en' });
  return building;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/** An image unpacked: its configuration, its layers' sizes, its file system. */
function unpack({ file, reference }: BuiltImage) {
  const into = join(folder, reference.replace(/\W/g, '-'));
  const rootfs = join(into, 'rootfs');
  if (!existsSync(into)) {
    mkdirSync(rootfs, { recursive: true });
    execFileSync('tar', ['-xf', file, '-C', into]);
  }
  const blob = <T>({ digest }: Pick<Descriptor, 'digest'>): T =>
    JSON.parse(readFileSync(join(into, 'blobs', digest.replace(':', '/')), 'utf8')) as T;
  const index = JSON.parse(readFileSync(join(into, 'index.json'), 'utf8')) as { manifests: [Descriptor] };
  const manifest = blob<{ config: Descriptor; layers: readonly Descriptor[] }>(index.manifests[0]);
  const { config } = blob<{
    config: {
      User: string;
      Entrypoint: readonly string[];
      Env: readonly string[];
      Labels: Readonly<Record<string, string>>;
    };
  }>(manifest.config);
  if (!existsSync(join(rootfs, 'app'))) {
    for (const { digest } of manifest.layers) {
      execFileSync('tar', ['-xf', join(into, 'blobs', digest.replace(':', '/')), '-C', rootfs]);
    }
  }
  return { rootfs, config, layers: manifest.layers, bytes: statSync(file).size };
}

for (const [index, program] of programs.entries()) {
  const unpacked = async (t: TestContext) => {
    const built = await images(t);
    const image = built?.[index];
    return image === undefined ? undefined : unpack(image);
  };

  test(`the image of ${program} is small, runs as nobody, and says what it is`, coldBuild, async (t) => {
    const image = await unpacked(t);
    if (image === undefined) return;
    const megabytes = image.bytes / 1e6;
    t.diagnostic(`${program}: ${megabytes.toFixed(1)} MB compressed`);
    assert.ok(megabytes <= allowedMegabytes, `${megabytes} MB`);
    assert.equal(image.config.User, '10001:10001');
    const { nodeFlags } = entrypoint(program);
    assert.deepEqual(image.config.Entrypoint, ['/usr/local/bin/node', ...nodeFlags, '/app/main.js']);
    const { Labels: labels } = image.config;
    assert.equal(labels['org.opencontainers.image.title'], `journey-${program}`);
    assert.equal(labels['org.opencontainers.image.version'], packageJson.version);
    assert.equal(labels['org.opencontainers.image.licenses'], 'MIT');
  });

  test(
    `the image of ${program} has no shell, no package manager, nothing setuid, nothing of the build`,
    coldBuild,
    async (t) => {
      const image = await unpacked(t);
      if (image === undefined) return;
      const files = globSync('**/*', { cwd: image.rootfs, exclude: (name) => name === 'app' }).sort();
      const programsIn = files.filter((file) => {
        const { mode } = statSync(join(image.rootfs, file));
        return statSync(join(image.rootfs, file)).isFile() && (mode & 0o111) !== 0 && !/\.so/.test(file);
      });
      assert.deepEqual(programsIn, ['usr/local/bin/node']);
      for (const file of files) assert.equal(statSync(join(image.rootfs, file)).mode & 0o6000, 0, file);
      const app = globSync('app/**/*', { cwd: image.rootfs });
      assert.ok(app.includes('app/main.js'));
      assert.ok(app.includes('app/THIRD-PARTY-LICENSES.txt'));
      assert.deepEqual(
        app.filter((file) => /node_modules|\.ts$|\.test\./.test(file)),
        [],
      );
    },
  );

  test(`${program} runs in its own image as its own user, reads its ConfigMap and ends well`, coldBuild, async (t) => {
    const image = await unpacked(t);
    if (image === undefined) return;
    const port = await freePort();
    const place = join(image.rootfs, `tmp/${program}`);
    for (const each of ['logs', 'state']) mkdirSync(join(place, each), { recursive: true });
    for (const each of [place, join(place, 'logs'), join(place, 'state')]) chownSync(each, 10001, 10001);
    const inside = `/tmp/${program}`;
    const configs = {
      api: `server: {host: 127.0.0.1, port: ${port}, drainMs: 0}\nstore: {sqlite: {file: ${inside}/j.sqlite}}\n`,
      'log-collector': `http: {host: 127.0.0.1, port: ${port}}\nlogs: {root: ${inside}/logs}\nstate: {directory: ${inside}/state}\n`,
      'cleanup-job': `store: {sqlite: {file: ${inside}/j.sqlite}}\n`,
    };
    writeFileSync(join(place, 'config.yaml'), configs[program]);
    // As the kubelet would start it: the image's entry point and environment, its user, /proc, nothing else. The mount
    // is in a namespace of the child's own and ends with it.
    mkdirSync(join(image.rootfs, 'proc'), { recursive: true });
    const start = 'mount -t proc proc "$1/proc" && exec chroot --userspec=10001:10001 --groups= "$@"';
    const args = ['--mount', 'sh', '-c', start, 'sh', image.rootfs, ...image.config.Entrypoint];
    const child = spawn('unshare', args, {
      env: {
        ...Object.fromEntries(image.config.Env.map((each) => each.split('=') as [string, string])),
        JOURNEY_CONFIG_FILE: `${inside}/config.yaml`,
      },
    });
    t.after(() => child.kill('SIGKILL'));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    }
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    if (program !== 'cleanup-job') {
      const livez = () => fetch(`http://127.0.0.1:${port}/livez`).then(({ status }) => status === 200);
      await until(`${program} to answer /livez`, livez, 60_000).catch((error: unknown) => {
        throw new Error(output, { cause: error });
      });
      child.kill('SIGTERM');
    }
    assert.deepEqual(await exited, [0, null], output);
  });
}

test('all three share every layer but the last, so a node stores Node once', coldBuild, async (t) => {
  const built = await images(t);
  if (built === undefined) return;
  const layers = built.map((image) => unpack(image).layers.map(({ digest }) => digest));
  const [first = []] = layers;
  for (const each of layers) assert.deepEqual(each.slice(0, -1), first.slice(0, -1));
  assert.ok(first.length >= 2);
});

const cleanupJob = ({ reference }: BuiltImage) => ({
  reference,
  target: 'cleanup-job',
  dockerfile: join(root, 'Dockerfile'),
  context: root,
  contexts: { bundle: join(root, 'dist') },
});

/** As `buildImages` does it: other tests build in the same store. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const { signal, cacheFolder } = context;
  const waiting = { deadlineMs: coldBuild.timeout, signal, onWait: () => undefined };
  const lock = await lockWhenFree(join(cacheFolder, 'images/build.lock'), 'images', waiting);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

test('what a killed build leaves mounted is gone before the next one', coldBuild, async (t) => {
  const built = await images(t);
  const image = built?.[2];
  if (image === undefined) return;
  const mounts = () =>
    readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${context.cacheFolder}/buildah-`));
  await alone(async () => {
    const kill = new AbortController();
    const builder = new BuildahBuilder({ ...context, signal: kill.signal });
    const killed = builder.build(cleanupJob(image), join(folder, 'killed.tar'), { fresh: true });
    const ended = assert.rejects(killed);
    await until('it has mounted something', () => mounts().length > 1, 120_000);
    kill.abort();
    await ended;
    assert.notDeepEqual(mounts(), []);
    await new BuildahBuilder(context).tidy();
    assert.deepEqual(mounts(), []);
  });
});

test('building again from the same sources gives the same image, byte for byte', coldBuild, async (t) => {
  const built = await images(t);
  const image = built?.[2];
  if (image === undefined) return;
  const again = join(folder, 'again.tar');
  // The bundle comes from the same sources; it may have been made by another run.
  spawnSync(context.nodeBinary, [join(root, 'scripts/build.mjs')], { cwd: root });
  await alone(() => new BuildahBuilder(context).build(cleanupJob(image), again, { fresh: true }));
  const before = unpack(image);
  const after = unpack({ ...image, file: again, reference: 'again' });
  assert.deepEqual(after.layers, before.layers);
});

test('no program in an image imports from a folder whose changes rebuild none', coldBuild, async (t) => {
  if ((await images(t)) === undefined) return;
  for (const program of programs) {
    const maps = globSync('**/*.js.map', { cwd: join(root, 'dist', program) });
    const sources = maps.flatMap((file) => {
      const map = readFileSync(join(root, 'dist', program, file), 'utf8');
      return (JSON.parse(map) as { readonly sources: readonly string[] }).sources;
    });
    const folders = sources.map((source) => /(?:^|\/)src\/([\w-]+)\//.exec(source)?.[1] ?? '');
    assert.ok(folders.includes('telemetry'), `${program}: ${folders}`);
    const wrong = folders.filter((name) => notInImages.includes(name));
    assert.deepEqual(wrong, [], program);
  }
});

test('with nothing changed nothing is built', coldBuild, async (t) => {
  const built = await images(t);
  if (built === undefined) return;
  const builder = {
    name: 'buildah' as const,
    build: () => assert.fail('it builds'),
    push: () => assert.fail('it pushes'),
  };
  assert.deepEqual(await buildImages({ root, references, builder, context, language: 'en' }), built);
});

test('docker is given the stage, the bundle that is here already, and the mirror when there is one', () => {
  const recipe = {
    reference: 'journey-api:0.2.0',
    dockerfile: '/r/Dockerfile',
    target: 'api',
    context: '/r',
    contexts: { bundle: '/r/dist' },
  };
  const common = ['build', '--file', '/r/Dockerfile', '--tag', 'journey-api:0.2.0', '--target', 'api'];
  const end = ['--build-context', 'bundle=/r/dist', '/r'];
  assert.deepEqual(buildArguments(recipe, undefined), [...common, ...end]);
  assert.deepEqual(buildArguments(recipe, 'mirror/node:26'), [
    ...common,
    '--build-arg',
    'NODE_IMAGE=mirror/node:26',
    ...end,
  ]);
});
