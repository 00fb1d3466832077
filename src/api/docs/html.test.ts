import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html } from './html.ts';

test('values are escaped, HTML and lists of it are not', () => {
  const items = ['<b>', '"&\''].map((text) => html`<li>${text}</li>`);
  assert.equal(
    html`<ul title="${'"'}">${items}${undefined}${7}</ul>`.text,
    '<ul title="&#34;"><li>&#60;b&#62;</li><li>&#34;&#38;&#39;</li></ul>7'.replace('</ul>7', '7</ul>'),
  );
});
