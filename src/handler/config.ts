import type { TObject } from 'typebox';
import Type, { type Static } from 'typebox';
import { at, type LoadedConfig } from '../config/parse-config.ts';
import { listSettings, type Setting } from '../config/schema.ts';
import { type Language, negotiateLanguage } from '../i18n/language.ts';
import type { ApiServer } from './context.ts';
import { explain, says } from './explain.ts';

/** The parts of a ConfigWatcher that are shown. */
export interface ConfigView {
  readonly schema: TObject;
  readonly file: string | undefined;
  readonly current: LoadedConfig<TObject>;
  readonly loadedAt: number;
  /** Settings changed in the file that wait for a restart. */
  readonly pendingRestart: readonly string[];
  readonly rejected: { readonly at: number; readonly reason: string } | undefined;
}

const ShownSetting = Type.Object({
  path: Type.String(),
  environment: Type.String(says({ en: 'Variable that overrides it.', zh: '可覆盖它的环境变量。' })),
  value: Type.Unknown(says({ en: 'The value in use; *** for a secret.', zh: '当前生效的值；机密显示为 ***。' })),
  source: Type.Enum(['default', 'file', 'environment']),
  needsRestart: Type.Boolean(),
  description: Type.String(),
});

const Config = Type.Object({
  file: Type.Union([Type.String(), Type.Null()]),
  hash: Type.String(),
  loadedAt: Type.String({ format: 'date-time' }),
  lastRejected: Type.Union([
    Type.Object({ at: Type.String({ format: 'date-time' }), reason: Type.String() }),
    Type.Null(),
  ]),
  pendingRestart: Type.Array(
    Type.String(),
    says({ en: 'Settings changed in the file that wait for a restart.', zh: '文件中已更改、等待重启生效的设置。' }),
  ),
  settings: Type.Array(ShownSetting),
});

export interface ConfigContext {
  readonly configuration: ConfigView;
}

/** What the process runs with and why. */
export function registerConfig(app: ApiServer, { configuration }: ConfigContext): void {
  app.get(
    '/api/v1/config',
    {
      schema: {
        ...explain({
          tag: 'operations',
          summary: {
            en: 'Effective settings, where each value came from, and what a reload has changed or refused.',
            zh: '生效的配置、每个值的来源，以及重新加载改变或拒绝了什么。',
          },
          example: 'curl localhost:8080/api/v1/config',
        }),
        response: { 200: Config },
      },
    },
    async (request, reply) => {
      const language = negotiateLanguage(request.headers['accept-language']);
      const { file, current, loadedAt, rejected } = configuration;
      const settings = listSettings(configuration.schema).map((s) => show(s, current, language));
      reply.headers({ 'cache-control': 'no-store', vary: 'accept-language' });
      return {
        file: file ?? null,
        hash: current.hash,
        loadedAt: new Date(loadedAt).toISOString(),
        lastRejected:
          rejected === undefined
            ? null
            : { at: new Date(rejected.at).toISOString(), reason: withoutCredentials(rejected.reason) },
        pendingRestart: [...configuration.pendingRestart],
        settings,
      };
    },
  );
}

function show(setting: Setting, current: LoadedConfig<TObject>, language: Language): Static<typeof ShownSetting> {
  const { path, env, notes } = setting;
  return {
    path,
    environment: env,
    value: safe(setting, at(current.value, path)),
    source: current.sources.get(path) ?? 'default',
    needsRestart: notes.restart === true,
    description: notes[language],
  };
}

function safe({ notes }: Setting, value: unknown): unknown {
  if (notes.secret === true) return value === '' || value === undefined ? '' : '***';
  return typeof value === 'string' ? withoutCredentials(value) : value;
}

/** Credentials do not belong in an address; where somebody put them all the same, they are not shown. */
function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1***@');
}
