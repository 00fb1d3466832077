import type { TObject } from 'typebox';
import type { Language } from '../i18n/language.ts';
import { defineMessages, say } from '../i18n/messages.ts';
import { listSettings } from './schema.ts';
import { settingLimits } from './setting-limits.ts';

const text = defineMessages({
  head: {
    en: '| Setting | Environment variable | Default | Accepts | Meaning |',
    zh: '| 配置项 | 环境变量 | 默认值 | 取值 | 含义 |',
  },
  restart: { en: 'Takes effect after a restart.', zh: '重启后生效。' },
});

/** The reference table of a program's settings in Markdown, generated so that it cannot disagree with the code. */
export function settingsTable(schema: TObject, language: Language): string {
  const rows = listSettings(schema).map((setting) => {
    const meaning = [setting.notes[language], setting.notes.restart === true ? say(language, text.restart) : ''];
    const value = setting.notes.secret === true ? '***' : JSON.stringify(setting.default);
    const cells = [code(setting.path), code(setting.env), code(value), code(settingLimits(setting))];
    return `| ${[...cells, cell(meaning.filter((part) => part !== '').join(language === 'en' ? ' ' : ''))].join(' | ')} |`;
  });
  return `${[text.head[language], '| --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

const code = (value: string): string => `\`${cell(value)}\``;

/** A bar would end the cell, even inside a code span (GitHub Flavored Markdown spec §4.10). */
function cell(value: string): string {
  return value.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}
