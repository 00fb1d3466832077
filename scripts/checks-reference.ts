import type { Language } from '../src/i18n/language.ts';
import { catalogue } from '../src/verify/catalogue.ts';
import { categories } from '../src/verify/categories.ts';
import type { Check } from '../src/verify/check.ts';
import { requirements } from '../src/verify/requirements.ts';

const text = {
  en: {
    intro: `# The checks of journey verify

Written by \`npm run docs\` from the catalogue in \`src/verify/checks\`; do not edit. How to run them: [verify.md](verify.md).

Checks marked * restart or interrupt something and run only with \`--disruptive\`.
`,
    requirements: 'What proves which tick box',
    box: 'tick box of the v0.2 acceptance',
    checks: 'checks',
    covers: 'covers',
    disruptive: 'with `--disruptive`: will',
  },
  zh: {
    intro: `# journey verify 的检查项

由 \`npm run docs\` 根据 \`src/verify/checks\` 中的目录生成，请勿手工修改。运行方法见 [verify.md](verify.md)。

带 * 的检查会重启或中断部分服务，只有加上 \`--disruptive\` 才会运行。
`,
    requirements: '每个勾选框由什么证明',
    box: 'v0.2 验收的勾选框',
    checks: '检查项',
    covers: '对应',
    disruptive: '加上 `--disruptive` 时会',
  },
} as const;

/** The whole catalogue as one Markdown page: first by tick box, then check by check. */
export function checksReference(language: Language): string {
  const words = text[language];
  const rows = Object.entries(requirements).map(([id, title]) => {
    const ids = catalogue.filter((check) => check.covers.some((covered) => covered === id)).map(mark);
    return `| ${title[language]} | ${ids.join(' ')} |`;
  });
  const table = [`| ${words.box} | ${words.checks} |`, '|---|---|', ...rows].join('\n');
  const sections = Object.entries(categories).map(([category, title]) => {
    const checks = catalogue.filter(({ id }) => id.startsWith(category));
    return `## ${title[language].replace(/ {2,}/, language === 'en' ? ': ' : '：')}\n\n${checks.map((check) => entry(check, language)).join('\n')}`;
  });
  return [words.intro, `## ${words.requirements}\n\n${table}\n`, ...sections].join('\n');
}

export const checksPages = { en: 'docs/en/checks.md', zh: 'docs/zh/checks.md' } as const;

function mark({ id, disruptive }: Check): string {
  return disruptive === undefined ? id : `${id}*`;
}

function entry(check: Check, language: Language): string {
  const { title, proves, covers, disruptive } = check;
  const words = text[language];
  const covered = covers.map((id) => requirements[id][language]).join(language === 'en' ? '; ' : '；');
  const colon = language === 'en' ? ': ' : '：';
  const lines = [
    `### ${mark(check)} ${title[language]}`,
    '',
    proves[language],
    '',
    `- ${words.covers}${colon}${covered}`,
    ...(disruptive === undefined
      ? []
      : [`- ${words.disruptive}${language === 'en' ? ' ' : ''}${disruptive[language]}`]),
    '',
  ];
  return lines.join('\n');
}
