import type { TObject, TSchema } from 'typebox';
import { stringify } from 'yaml';
import type { Language } from '../i18n/language.ts';
import { defineMessages, say } from '../i18n/messages.ts';
import { listSettings, type Setting } from './schema.ts';
import { settingLimits } from './setting-limits.ts';

const text = defineMessages({
  head: {
    en: 'Settings of {program}. Every line behind a # shows a default: uncomment what you change, its section too, then save.\nWhat is not marked "restart" applies at once. Environment variables named in brackets win over this file.',
    zh: '{program} 的配置。每一行被注释的内容都是默认值：取消注释（连同所在的小节）、修改并保存即可。\n未标注“重启”的配置立即生效。方括号中的环境变量优先于本文件。',
  },
  restart: { en: 'restart', zh: '重启' },
  accepts: { en: 'accepts: {limits}', zh: '取值：{limits}' },
  notes: { en: ' ({notes})', zh: '（{notes}）' },
  separator: { en: '; ', zh: '；' },
});

/** Values by dotted path. */
export type ChosenSettings = Readonly<Record<string, unknown>>;

interface TemplateContext {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly language: Language;
  readonly chosen: ChosenSettings;
}

/**
 * A configuration file that sets what is `chosen` and nothing else: every other setting is commented out, with its
 * default; all have their meaning and limits. Uncommenting the rest is again a valid file, with all defaults there.
 */
export function configTemplate(
  program: string,
  schema: TObject,
  language: Language,
  chosen: ChosenSettings = {},
): string {
  const settings = new Map(listSettings(schema).map((s) => [s.path, s]));
  const head = comment(say(language, text.head, { program }), '');
  return `${[...head, ...section(schema, { settings, language, chosen }, [])].join('\n')}\n`;
}

function section(schema: TObject, context: TemplateContext, path: readonly string[]): string[] {
  const { settings, language, chosen } = context;
  const indent = '  '.repeat(path.length);
  return Object.entries(schema.properties as Record<string, TSchema>).flatMap(([name, child]) => {
    const at = [...path, name];
    const dotted = at.join('.');
    const setting = settings.get(dotted);
    const space = path.length === 0 || setting === undefined ? [''] : [];
    if (setting === undefined) {
      const opened = Object.keys(chosen).some((each) => each.startsWith(`${dotted}.`));
      return [...space, `${opened ? '' : '#'}${indent}${name}:`, ...section(child as TObject, context, at)];
    }
    const notes = [say(language, text.accepts, { limits: settingLimits(setting) })];
    if (setting.notes.restart === true) notes.push(say(language, text.restart));
    return [
      ...space,
      ...comment(
        `${setting.notes[language]}${say(language, text.notes, { notes: notes.join(text.separator[language]) })} [${setting.env}]`,
        indent,
      ),
      ...stringify({ [name]: chosen[dotted] ?? setting.default ?? null }, { lineWidth: 0 })
        .trimEnd()
        .split('\n')
        .map((line) => `${dotted in chosen ? '' : '#'}${indent}${line}`),
    ];
  });
}

/** Prose has two number signs, so that removing one from every line leaves prose commented. */
function comment(prose: string, indent: string): string[] {
  return prose.split('\n').map((line) => `#${indent}# ${line}`);
}

/** Whether a file sets anything at all. One that is all comments is all defaults and need not be parsed. */
export function setsNothing(fileText: string): boolean {
  return fileText.split('\n').every((line) => /^\s*(#|$)/.test(line));
}
