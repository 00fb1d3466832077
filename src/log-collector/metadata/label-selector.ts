import { JourneyError } from '../../errors/journey-error.ts';

export type Labels = Readonly<Record<string, string>>;

const name = `[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const value = `[-A-Za-z0-9_.]*`;
const set = new RegExp(String.raw`^(?<key>${name})\s+(?<op>in|notin)\s*\((?<values>[^()]*)\)$`);
const equality = new RegExp(String.raw`^(?<key>${name})\s*(?<op>==|=|!=)\s*(?<value>${value})$`);
const existence = new RegExp(String.raw`^(?<not>!?)\s*(?<key>${name})$`);

/**
 * Parses a selector as `kubectl -l` takes it: `app=api,tier!=cache,env in (a,b),zone notin (c),team,!legacy`
 * (k8s.io/apimachinery pkg/labels). Everything in it has to hold; an absent label satisfies `!=` and `notin`.
 *
 * @returns `undefined` if it is none.
 */
export function parseSelector(text: string): ((labels: Labels) => boolean) | undefined {
  // At commas, but not at those between brackets.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  if (parts.length === 1 && parts[0] === '') return () => true;
  const tests = parts.map(parseRequirement);
  if (tests.some((each) => each === undefined)) return undefined;
  return (labels) => tests.every((each) => each?.(labels) === true);
}

/** The selector that a setting holds. @throws JourneyError `config-invalid` with the setting, if it is none. */
export function selectorOf(setting: string, text: string): (labels: Labels) => boolean {
  const parsed = parseSelector(text);
  if (parsed !== undefined) return parsed;
  const reason = `"${text}" is no selector; an example: app=api,tier!=cache`;
  throw new JourneyError('config-invalid', { source: setting, reason });
}

function parseRequirement(text: string): ((labels: Labels) => boolean) | undefined {
  const inSet = set.exec(text)?.groups;
  if (inSet !== undefined) {
    const { key = '', op, values = '' } = inSet;
    const wanted = new Set(values.split(',').map((each) => each.trim()));
    return (labels) => (Object.hasOwn(labels, key) && wanted.has(labels[key] as string)) === (op === 'in');
  }
  const equal = equality.exec(text)?.groups;
  if (equal !== undefined) {
    const { key = '', op, value: wanted } = equal;
    return (labels) => (Object.hasOwn(labels, key) && labels[key] === wanted) === (op !== '!=');
  }
  const exists = existence.exec(text)?.groups;
  if (exists === undefined) return undefined;
  const { key = '', not } = exists;
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}
