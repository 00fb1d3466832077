// `npm run docs`: writes the pages that are generated from code.
import { writeFileSync } from 'node:fs';
import { checksPages, checksReference } from './checks-reference.ts';
import { settingsPages, settingsReference } from './settings-reference.ts';

for (const language of ['en', 'zh'] as const) {
  writeFileSync(settingsPages[language], settingsReference(language));
  writeFileSync(checksPages[language], checksReference(language));
}
