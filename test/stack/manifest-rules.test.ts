import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { Manifest } from '../../src/stack/manifest.ts';
import { renderManifests } from '../../src/stack/render.ts';
import { offlineKubectl } from '../support/kubectl.ts';
import { findingsOf, rules, type Waiver, waives } from './rules/check-rules.ts';
import { mutations } from './rules/mutations.ts';
import { readV02, root } from './support/manifests.ts';

const waivers = parse(readFileSync(join(root, 'k8s/waivers.yaml'), 'utf8')) as Waiver[];
const standing = (manifests: readonly Manifest[]) =>
  findingsOf(manifests).filter((finding) => !waivers.some((waiver) => waives(waiver, finding)));
const lines = (findings: ReturnType<typeof findingsOf>) =>
  findings.map(({ rule, object, message }) => `${rule}: ${object}: ${message}`);

test('k8s/v0.2 breaks no rule but where a waiver says why', () => {
  assert.deepEqual(lines(standing(readV02())), []);
});

for (const overlay of ['local', 'minikube', 'kind']) {
  test(`the overlay ${overlay} breaks no rule either`, async (t) => {
    const kubectl = offlineKubectl(t);
    if (kubectl === undefined) return;
    assert.deepEqual(lines(standing(await renderManifests(kubectl, join(root, 'k8s/overlays', overlay)))), []);
  });
}

test('every waiver has a reason and is needed', () => {
  const findings = findingsOf(readV02());
  for (const waiver of waivers) {
    assert.ok(waiver.reason.length > 20, `${waiver.rule} needs a reason`);
    assert.ok(
      findings.some((finding) => waives(waiver, finding)),
      `nothing needs the waiver of ${waiver.rule} for ${waiver.object}`,
    );
  }
});

test('every rule has a mutation, and every mutation a rule', () => {
  assert.deepEqual(Object.keys(mutations).sort(), rules.map(({ id }) => id).sort());
});

for (const [rule, changes] of Object.entries(mutations)) {
  test(`the rule ${rule} turns red`, () => {
    const before = lines(findingsOf(readV02()));
    for (const change of changes) {
      const changed = structuredClone([...readV02()]);
      const find = (kind: string, name: string) => {
        const found = changed.find((each) => each.kind === kind && each.metadata.name === name);
        assert.ok(found, `${kind} ${name}`);
        return found as never;
      };
      change(find, changed);
      const news = findingsOf(changed).filter((finding) => !lines([finding]).every((line) => before.includes(line)));
      assert.ok(
        news.some((finding) => finding.rule === rule),
        `${String(change)} is not noticed; only ${lines(news).join('; ')}`,
      );
    }
  });
}
