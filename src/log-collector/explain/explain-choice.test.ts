import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamView } from '../streams-view.ts';
import { explainChoice } from './explain-choice.ts';

const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 2 };
const none = {
  includeNamespaces: [],
  excludeNamespaces: [],
  labelSelector: '',
  annotationSelector: '',
  unknownPodMs: 0,
} as const;
const followed = [{ ...instance }] as unknown as StreamView[];
const others = [{ ...instance, restart: 1 }] as unknown as StreamView[];

for (const [name, filter, streams, choice] of [
  ['nothing speaks against it', {}, undefined, { read: true, because: 'wanted' }],
  ['the collector follows it', { labelSelector: 'a' }, followed, { read: true, because: 'followed' }],
  ['another start of it is followed', {}, others, { read: false, because: 'notFollowed' }],
  [
    'its namespace is excluded, even if included',
    { includeNamespaces: ['shop'], excludeNamespaces: ['noise', 'shop'] },
    followed,
    { read: false, because: 'excluded', rule: 'filter.excludeNamespaces: noise, shop' },
  ],
  [
    'its namespace is not included',
    { includeNamespaces: ['other'] },
    undefined,
    { read: false, because: 'notIncluded', rule: 'filter.includeNamespaces: other' },
  ],
  [
    'nobody knows its labels',
    { labelSelector: 'app=api', annotationSelector: 'logs!=off' },
    undefined,
    {
      read: 'unknown',
      because: 'selector',
      rule: 'filter.labelSelector: app=api, filter.annotationSelector: logs!=off',
    },
  ],
  [
    'it is left alone for its labels',
    { labelSelector: 'app=api' },
    others,
    { read: false, because: 'selector', rule: 'filter.labelSelector: app=api' },
  ],
] as const) {
  test(name, () => {
    const lists = { includeNamespaces: [], excludeNamespaces: [], ...filter };
    const mutable = {
      ...lists,
      includeNamespaces: [...lists.includeNamespaces],
      excludeNamespaces: [...lists.excludeNamespaces],
    };
    assert.deepEqual(explainChoice(instance, { ...none, ...mutable }, streams), choice);
  });
}
