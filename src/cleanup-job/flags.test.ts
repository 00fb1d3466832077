import assert from 'node:assert/strict';
import test from 'node:test';
import { isJourneyError } from '../errors/journey-error.ts';
import { inTermsOfFlags, parseFlags, settingFlags } from './flags.ts';
import { helpText } from './help.ts';

test('a flag becomes the setting of the same name, in either spelling', () => {
  const { env } = parseFlags([
    '--mode',
    'unlink',
    '--time-budget-seconds=5',
    '--retention',
    '[{"prefix":"a","maxAgeSeconds":1}]',
  ]);
  assert.deepEqual(env, {
    JOURNEY_CLEANUP_MODE: 'unlink',
    JOURNEY_CLEANUP_TIME_BUDGET_SECONDS: '5',
    JOURNEY_CLEANUP_RETENTION: '[{"prefix":"a","maxAgeSeconds":1}]',
  });
});

for (const [args, message] of [
  [['--mod', 'unlink'], /--mod: names no flag; did you mean --mode\?/],
  [['-x'], /-x: names no flag/],
  [['--mode'], /--mode: needs a value/],
  [['unlink'], /unlink: is no flag/],
  [['--store-kind', 'redis'], /--store-kind: names no flag/],
] as const) {
  test(`${args.join(' ')} is refused with what to do instead`, () => {
    assert.throws(
      () => parseFlags(args),
      (e) => isJourneyError(e, 'config-invalid') && message.test(e.message),
    );
  });
}

test('a complaint about a value given as a flag names the flag', () => {
  const flags = parseFlags(['--mode', 'x']);
  const about = 'environment variable JOURNEY_CLEANUP_MODE is "x"; environment variable JOURNEY_LOG_LEVEL is "y"';
  assert.equal(inTermsOfFlags(about, flags), '--mode is "x"; environment variable JOURNEY_LOG_LEVEL is "y"');
});

test('the help lists every flag with its setting and default, in both languages', () => {
  for (const language of ['en', 'zh'] as const) {
    const text = helpText(language);
    for (const { flag, setting } of settingFlags) {
      assert.ok(text.includes(`--${flag}\n`) && text.includes(setting.env) && text.includes(setting.notes[language]));
    }
    assert.doesNotMatch(text, /\{\w+\}/);
  }
});
