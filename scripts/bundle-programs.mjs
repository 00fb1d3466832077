import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './installed.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const programs = ['api', 'log-collector', 'cleanup-job'];

// CommonJS dependencies ask for `require`, which an ES module does not have.
const banner =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

/**
 * What dependencies require when they are loaded and we never use (HTTP/2, a push gateway, a cluster of workers) comes
 * when something asks for a member of it: 40 ms of every start and 8 MB of every API.
 */
const lateParts = {
  name: 'late-parts',
  setup(build) {
    const namespace = 'late-part';
    const ofNode = /^(?:node:)?(?:cluster|http2|https|tls|worker_threads|zlib)$/;
    const ofPackages = /^(?:semver|safe-regex2|@opentelemetry\/api|\.\/lib\/pushgateway)$/;
    const filter = new RegExp(`${ofNode.source}|${ofPackages.source}`);
    build.onResolve({ filter }, ({ path, kind, resolveDir, namespace: asker }) =>
      kind === 'require-call' && asker === 'file' ? { path, namespace, pluginData: { resolveDir } } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path, pluginData: { resolveDir } }) => ({
      contents: `const part = () => require('${path}');
        module.exports = new Proxy(function () {}, {
          get: (_, member) => part()[member],
          apply: (_, self, args) => Reflect.apply(part(), self, args),
        });`,
      resolveDir,
    }));
  },
};

/**
 * Node's own modules come by require: an ES import of one reads every export to make its face, and some of those load
 * what nobody asked for (`node:http` undici, `node:crypto` Web Crypto, `node:fs` every kind of stream).
 */
const nodeByRequire = {
  name: 'node-by-require',
  setup(build) {
    const namespace = 'node-by-require';
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

/** The command line looks for files beside its sources; its bundle, which never leaves this checkout, looks there too. */
const atHome = {
  name: 'at-home',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/**
 * Bundles every program into `<out>/<program>/main.js`; with `cli`, the command line as well.
 *
 * @param {string} out
 * @param {{ readonly cli?: boolean }} [more]
 * @returns {Promise<string[]>} the entry points
 */
export async function bundlePrograms(out, { cli = false } = {}) {
  const { build } = await import('esbuild');
  const entries = [];
  for (const program of cli ? [...programs, 'cli'] : programs) {
    const outdir = join(out, program);
    rmSync(outdir, { recursive: true, force: true });
    const { metafile } = await build({
      absWorkingDir: root,
      metafile: true,
      entryPoints: { main: join(root, 'src', program, 'main.ts') },
      outdir,
      bundle: true,
      platform: 'node',
      target: 'node26',
      format: 'esm',
      // Not minified: whoever reads a stack trace in a cluster should recognise the code.
      minify: false,
      sourcemap: 'linked',
      // What is imported late stays apart, so that a store that is not used is not loaded.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      // Only a terminal wants it, and no image has one.
      external: ['pino-pretty'],
      plugins: [lateParts, nodeByRequire, ...(program === 'cli' ? [atHome] : [])],
      banner: { js: banner },
      legalComments: 'linked',
      logLevel: 'warning',
    });
    writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicenses(root, metafile));
    writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }\n');
    entries.push(join(outdir, 'main.js'));
  }
  return entries;
}
