import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './installed.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const programs = ['api', 'log-collector', 'cleanup-job'];

// CommonJS dependencies ask for `require`, which an ES module does not have. All that is left to require is Node's own;
// `createRequire` in every chunk would take a millisecond of every start.
const banner = `const require = (name) => {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' });
  return found;
};`;

/**
 * What dependencies require when they are loaded and we never use (HTTP/2, a push gateway, a cluster of workers) comes
 * when something asks for a member of it: 40 ms of every start and 8 MB of every API.
 */
const lateParts = {
  name: 'late-parts',
  setup(build) {
    const namespace = 'late-part';
    const ofNode = /^(?:node:)?(?:assert|cluster|http2|https|tls|worker_threads|zlib)$/;
    const ofPackages = /^(?:semver|@opentelemetry\/api|\.\/lib\/pushgateway)$/;
    const filter = new RegExp(`${ofNode.source}|${ofPackages.source}`);
    build.onResolve({ filter }, ({ path, kind, resolveDir, namespace: asker }) =>
      kind === 'require-call' && asker === 'file' ? { path, namespace, pluginData: { resolveDir } } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path, pluginData: { resolveDir } }) => ({
      contents: `const part = () => require('${path}');
        const known = ${path === 'worker_threads' ? inMainThread : '{}'};
        module.exports = new Proxy(function () {}, {
          get: (_, member) => known[member] ?? part()[member],
          apply: (_, self, args) => Reflect.apply(part(), self, args),
        });`,
      resolveDir,
    }));
  },
};

/** What the logger asks of `worker_threads` when it is loaded. None of our programs runs in a worker. */
const inMainThread = `{ isMainThread: true, Worker: function (...args) { return new (part().Worker)(...args); } }`;

/**
 * The YAML parser, which a program needs once its configuration file sets something: an entry of its own, so that its text
 * is not in every program's memory.
 */
const lateYaml = {
  name: 'late-yaml',
  setup(build) {
    const namespace = 'late-yaml';
    build.onResolve({ filter: /^yaml$/ }, ({ path, kind, importer }) =>
      kind === 'import-statement' && importer.endsWith('.ts') ? { path, namespace } : undefined,
    );
    const names = ['parse', 'parseAllDocuments', 'parseDocument', 'stringify'];
    const parser = `process.getBuiltinModule('node:module').createRequire(import.meta.url)('./yaml.js').default`;
    build.onLoad({ filter: /.*/, namespace }, () => ({
      contents: names.map((name) => `export const ${name} = (...args) => ${parser}.${name}(...args);`).join('\n'),
    }));
  },
};

/**
 * `node:zlib`, which a log collector needs once it meets a compressed file, and an API once its store is Redis: until then
 * half a megabyte less.
 *
 * @param {string[]} members
 */
function lateZlib(members) {
  const late = members.map((name) =>
    name === 'constants'
      ? 'const constants = new Proxy({}, { get: (_, each) => zlib().constants[each] });'
      : `const ${name} = (...args) => zlib().${name}(...args);`,
  );
  return ["let zlibModule; const zlib = () => (zlibModule ??= process.getBuiltinModule('node:zlib'));", ...late].join(
    ' ',
  );
}

/** Fastify's router proves with it, at every start, that its own regular expressions are safe. Ours have none. */
const noRegexCheck = {
  name: 'no-regex-check',
  setup(build) {
    const namespace = 'no-regex-check';
    build.onResolve({ filter: /^safe-regex2$/ }, () => ({ path: 'safe-regex2', namespace }));
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents: 'module.exports = () => true;' }));
  },
};

/**
 * Our own sources, with Node's modules asked for what is wanted of them: an ES import of one reads every export to make
 * its face, and some of those load what nobody asked for (`node:http` undici, `node:crypto` Web Crypto, `node:fs` every
 * kind of stream).
 *
 * @param {boolean} atHome the command line looks for files beside its sources; its bundle, which never leaves this
 * checkout, looks there too
 */
const ownSources = (atHome) => ({
  name: 'own-sources',
  setup(build) {
    const imports = /^import \{([^}]*)\} from '(node:[^']+)';/gm;
    const asked = (_, names, module) => {
      const wanted = names.replace(/\btype \w+,?/g, '').replace(/ as /g, ': ');
      if (module === 'node:zlib') return lateZlib(wanted.match(/\w+/g));
      return `const {${wanted}} = process.getBuiltinModule('${module}');`;
    };
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace(imports, asked);
      if (!atHome) return { loader: 'ts', contents };
      const home = contents
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { loader: 'ts', contents: home };
    });
  },
});

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
      entryPoints: { main: join(root, 'src', program, 'main.ts'), yaml: 'yaml' },
      outdir,
      bundle: true,
      platform: 'node',
      target: 'node26',
      format: 'esm',
      // Not minified: whoever reads a stack trace in a cluster should recognise the code.
      minify: false,
      sourcemap: 'linked',
      // What is imported late stays apart, so that a store that is not used is not loaded. All in one folder: any of
      // these files may ask for the parser beside it.
      splitting: true,
      chunkNames: '[name]-[hash]',
      // Only a terminal wants it, and no image has one.
      external: ['pino-pretty'],
      plugins: [lateParts, lateYaml, noRegexCheck, ownSources(program === 'cli')],
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
