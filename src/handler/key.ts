import { JourneyError } from '../errors/journey-error.ts';
import type { Text } from '../i18n/messages.ts';

const empty: Text = { en: 'is empty', zh: '为空' };
const malformed: Text = {
  en: 'is not well-formed Unicode: it has half of a surrogate pair',
  zh: '不是格式正确的 Unicode：含有半个代理对',
};
const control: Text = {
  en: 'has a control character (U+0000 to U+001F or U+007F)',
  zh: '含有控制字符（U+0000 至 U+001F 或 U+007F）',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\u0000-\u001f\u007f]/;

/**
 * Any text can be a key except what could not be written down again unharmed.
 *
 * @throws JourneyError `key-invalid`, `key-too-long`.
 */
export function checkKey(key: string, maxKeyBytes: number): void {
  if (key === '') throw new JourneyError('key-invalid', { reason: empty });
  if (!key.isWellFormed()) throw new JourneyError('key-invalid', { reason: malformed });
  if (controlCharacters.test(key)) throw new JourneyError('key-invalid', { reason: control });
  const bytes = Buffer.byteLength(key);
  if (bytes > maxKeyBytes) throw new JourneyError('key-too-long', { bytes, maxKeyBytes });
}

/** Path of an entry, as `Location` gives it. `.` and `..` must not look like steps in a path. */
export function entryPath(key: string): string {
  const encoded = key === '.' || key === '..' ? key.replaceAll('.', '%2E') : encodeURIComponent(key);
  return `/api/v1/data/${encoded}`;
}
