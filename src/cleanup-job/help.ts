import type { Language } from '../i18n/language.ts';
import { defineMessages, say } from '../i18n/messages.ts';
import { settingFlags } from './flags.ts';

const messages = defineMessages({
  usage: {
    en: 'Usage: cleanup-job [flags]\n\nRemoves from the store what it does not remove by itself. One run, then exit.',
    zh: '用法：cleanup-job [选项]\n\n清理存储自身不会清理的内容。运行一次后退出。',
  },
  own: {
    en: '  --config FILE  configuration file (else JOURNEY_CONFIG_FILE)\n  --lang en|zh   language of this text\n  --version      print the version\n  --help         print this text',
    zh: '  --config FILE  配置文件（否则使用 JOURNEY_CONFIG_FILE）\n  --lang en|zh   本帮助的语言\n  --version      打印版本\n  --help         打印本帮助',
  },
  flags: {
    en: 'Flags (each also a setting in the file and an environment variable):',
    zh: '选项（同时也是配置文件中的设置与环境变量）：',
  },
  fallback: { en: 'default {value}', zh: '默认 {value}' },
  codes: {
    en: 'Exit codes: 0 done, or partial and to be continued by the next run · 70 our bug · 74 store full, read-only or damaged · 75 try again · 77 credentials · 78 configuration',
    zh: '退出码：0 完成，或部分完成、由下次运行继续 · 70 程序缺陷 · 74 存储已满、只读或损坏 · 75 可重试 · 77 凭据 · 78 配置',
  },
});

/** The whole help text. */
export function helpText(language: Language): string {
  const flags = settingFlags.map(({ flag, setting }) => {
    const fallback = say(language, messages.fallback, { value: JSON.stringify(setting.default) });
    return `  --${flag}\n      ${setting.notes[language]}\n      ${setting.path} · ${setting.env} · ${fallback}`;
  });
  const parts = [say(language, messages.usage), say(language, messages.flags), ...flags];
  return `${parts.join('\n\n')}\n\n${say(language, messages.own)}\n\n${say(language, messages.codes)}\n`;
}
