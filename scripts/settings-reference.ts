import { apiConfigSchema } from '../src/api/config.ts';
import { cleanupJobConfigSchema } from '../src/cleanup-job/config.ts';
import { settingsTable } from '../src/config/settings-table.ts';
import type { Language } from '../src/i18n/language.ts';
import { collectorConfigSchema } from '../src/log-collector/config.ts';

const programs = {
  api: apiConfigSchema,
  'log-collector': collectorConfigSchema,
  'cleanup-job': cleanupJobConfigSchema,
};

const intro = {
  en: `# Settings

Written by \`npm run docs\` from the schemas the programs check their configuration with; do not edit.

Each program reads one YAML file, named by \`JOURNEY_CONFIG_FILE\`. Locally that is \`.journey/config/<program>/config.yaml\`, in the cluster
a ConfigMap mounted as a directory. An environment variable overrides the file, the file overrides the default. A dot in a setting's name is a level in the file:
\`server.port\` is \`port\` under \`server:\`.

A changed file takes effect without a restart, except where the table says otherwise. A file that is not valid changes nothing: the last good one stays,
and log, metrics and \`GET /api/v1/config\` (log collector: \`/config\`) say what is wrong. An unknown key is an error that names the nearest known one.
`,
  zh: `# 配置项

由 \`npm run docs\` 根据各程序用来校验配置的模式定义生成，请勿手工修改。

每个程序读取一个 YAML 文件，路径由 \`JOURNEY_CONFIG_FILE\` 指定。在本机是 \`.journey/config/<程序>/config.yaml\`，在集群中是以目录方式挂载的 ConfigMap。
环境变量覆盖文件，文件覆盖默认值。配置项名称中的点表示文件中的层级：\`server.port\` 即 \`server:\` 下的 \`port\`。

除表中另有说明外，修改文件后无需重启即可生效。不合法的文件不会改变任何东西：继续使用上一份正确的配置，日志、指标与 \`GET /api/v1/config\`（日志采集器为 \`/config\`）会说明问题所在。
未知的键会报错，并给出最接近的已知名称。
`,
} as const;

/** The settings of all programs as one Markdown page. */
export function settingsReference(language: Language): string {
  const sections = Object.entries(programs).map(([name, schema]) => `## ${name}\n\n${settingsTable(schema, language)}`);
  return [intro[language], ...sections].join('\n');
}

export const settingsPages = { en: 'docs/en/settings.md', zh: 'docs/zh/settings.md' } as const;
