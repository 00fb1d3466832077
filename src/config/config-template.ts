import type { TObject, TSchema } from 'typebox';
import { stringify } from 'yaml';
import type { Language } from '../i18n/language.ts';
import { defineMessages, say } from '../i18n/messages.ts';
import { listSettings, type Setting } from './schema.ts';
import { settingLimits } from './setting-limits.ts';

const text = defineMessages({
  head: {
    en: 'Settings of {program}. Every line shows a default: uncomment what you change, its section too, then save.\nWhat is not marked "restart" applies at once. Environment variables named in brackets win over this file.',
    zh: '{program} 的配置。每一行都是默认值：取消注释（连同所在的小节）、修改并保存即可。\n未标注“重启”的配置立即生效。方括号中的环境变量优先于本文件。',
  },
  restart: { en: 'restart', zh: '重启' },
  accepts: { en: 'accepts: {limits}', zh: '取值：{limits}' },
  notes: { en: ' ({notes})', zh: '（{notes}）' },
  separator: { en: '; ', zh: '；' },
});

/**
 * A configuration file that changes nothing: every setting commented out, with its default, meaning and limits.
 * Uncommenting all of it is again a valid file with all defaults.
 */
export function configTemplate(program: string, schema: TObject, language: Language): string {
  const settings = new Map(listSettings(schema).map((s) => [s.path, s]));
  const head = comment(say(language, text.head, { program }), '');
  return `${[...head, ...section(schema, settings, language, [])].join('\n')}\n`;
}

function section(
  schema: TObject,
  settings: ReadonlyMap<string, Setting>,
  language: Language,
  path: readonly string[],
): string[] {
  const indent = '  '.repeat(path.length);
  return Object.entries(schema.properties as Record<string, TSchema>).flatMap(([name, child]) => {
    const at = [...path, name];
    const setting = settings.get(at.join('.'));
    const space = path.length === 0 || setting === undefined ? [''] : [];
    if (setting === undefined) {
      return [...space, `#${indent}${name}:`, ...section(child as TObject, settings, language, at)];
    }
    const notes = [say(language, text.accepts, { limits: settingLimits(setting) })];
    if (setting.notes.restart === true) notes.push(say(language, text.restart));
    return [
      ...space,
      ...comment(
        `${setting.notes[language]}${say(language, text.notes, { notes: notes.join(text.separator[language]) })} [${setting.env}]`,
        indent,
      ),
      ...stringify({ [name]: setting.default ?? null }, { lineWidth: 0 })
        .trimEnd()
        .split('\n')
        .map((line) => `#${indent}${line}`),
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
