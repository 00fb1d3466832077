/** The two languages everything a user reads exists in. */
export type Language = 'en' | 'zh';

export interface DetectLanguageOptions {
  /** Value of `--lang`, if given. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Language of a terminal session: `--lang`, then `JOURNEY_LANG`, then the POSIX order `LC_ALL`, `LC_MESSAGES`, `LANG`.
 * A value naming neither language falls through to the next; English is the end of the chain.
 */
export function detectLanguage({ flag, env }: DetectLanguageOptions): Language {
  for (const value of [flag, env['JOURNEY_LANG'], env['LC_ALL'], env['LC_MESSAGES'], env['LANG']]) {
    if (value === undefined) continue;
    if (/^zh/i.test(value)) return 'zh';
    if (/^en/i.test(value)) return 'en';
  }
  return 'en';
}

/** Language of an HTTP answer from `Accept-Language` (RFC 9110 §12.5.4); English unless Chinese is preferred. */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || !/zh/i.test(acceptLanguage)) return 'en';
  const weights = { en: 0, zh: 0 };
  for (const part of acceptLanguage.split(',')) {
    const [range = '', ...parameters] = part.trim().split(';');
    const q = parameters.map((p) => /^\s*q=([0-9.]+)\s*$/.exec(p)?.[1]).find((v) => v !== undefined);
    const weight = q === undefined ? 1 : Number(q);
    const primary = range.toLowerCase().split('-')[0];
    if ((primary === 'en' || primary === 'zh') && weight > weights[primary]) weights[primary] = weight;
  }
  return weights.zh > weights.en ? 'zh' : 'en';
}
