import * as Type from 'typebox';
import { type ConfigView, showConfig } from '../config/show-config.ts';
import { negotiateLanguage } from '../i18n/language.ts';
import type { ApiServer } from './context.ts';
import { explain, says } from './explain.ts';

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
      reply.headers({ 'cache-control': 'no-store', vary: 'accept-language' });
      return showConfig(configuration, negotiateLanguage(request.headers['accept-language']));
    },
  );
}
