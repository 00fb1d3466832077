import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ConsentQuestion } from '../../src/cluster/existing.ts';
import { ExistingProvider } from '../../src/cluster/existing.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type FakePrograms, fakePrograms } from './support/fake-programs.ts';

let fake: FakePrograms;
beforeEach(() => {
  fake = fakePrograms(['kubectl']);
});
afterEach(() => fake.remove());

const view = (server: string) => ({
  when: 'kubectl config view --minify --output json',
  stdout: JSON.stringify({
    kind: 'Config',
    'current-context': 'staging',
    clusters: [{ name: 'staging', cluster: { server } }],
  }),
});
const ready = { when: 'kubectl --context staging get --raw /readyz', stdout: 'ok' };

test('it asks once which cluster is meant, and remembers the yes', async () => {
  fake.replay(view('https://staging.example:6443'), ready);
  const asked: ConsentQuestion[] = [];
  const confirm = async (question: ConsentQuestion) => {
    asked.push(question);
    return true;
  };
  const cluster = await new ExistingProvider(fake.context, { confirm }).up();
  assert.equal(cluster.context, 'staging');
  assert.deepEqual(cluster.kubectl.args, ['--context', 'staging']);
  await new ExistingProvider(fake.context, { confirm }).up();
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.context, 'staging');
  assert.equal(asked[0]?.server, 'https://staging.example:6443');
});

test('the same context on another server is another cluster: it asks again', async () => {
  fake.replay(view('https://staging.example:6443'), ready);
  await new ExistingProvider(fake.context, { confirm: async () => true }).up();
  fake.replay(view('https://production.example:6443'), ready);
  const refused = new ExistingProvider(fake.context, { confirm: async () => false });
  await assert.rejects(refused.up(), (error) => isJourneyError(error, 'cluster-not-confirmed'));
});

test('where nobody can be asked, nothing is used', async () => {
  fake.replay(view('https://staging.example:6443'), ready);
  const provider = new ExistingProvider(fake.context);
  await assert.rejects(provider.up(), (error) => isJourneyError(error, 'cluster-not-confirmed'));
  assert.equal(await provider.find(), undefined);
  assert.deepEqual(
    fake.calls().map((call) => call.line),
    [view('').when, view('').when, view('').when],
    'the cluster itself was not contacted',
  );
});

test('it never deletes, and says what it cannot do and what can', async () => {
  fake.replay(view('https://staging.example:6443'), ready);
  const provider = new ExistingProvider(fake.context, { confirm: async () => true });
  const cluster = await provider.up();
  fake.calls();
  assert.equal(await provider.down(), false);
  assert.deepEqual(fake.calls(), []);
  for (const attempt of [
    () => cluster.stopNode('node1'),
    () => cluster.loadImage({ file: '/tmp/api.tar', reference: 'localhost/journey-api:0.2.0' }),
  ]) {
    await assert.rejects(attempt, (error) => isJourneyError(error, 'cluster-unsupported'));
  }
});

test('without a context it says how to choose one', async () => {
  fake.replay({ ...view(''), stderr: 'error: current-context must exist in order to minify\n', exitCode: 1 });
  await assert.rejects(new ExistingProvider(fake.context).up(), (error) => {
    assert.ok(isJourneyError(error, 'cluster-preflight'));
    assert.match(error.message, /kubectl config use-context/);
    return true;
  });
});

test('one that was agreed to and does not answer is an error, not "no cluster": down would leave the stack there', async () => {
  const version = 'kubectl --context staging get --raw /version';
  fake.replay(view('https://staging.example:6443'), ready, { when: version, stdout: '{}' });
  const provider = new ExistingProvider(fake.context, { confirm: async () => true });
  await provider.up();
  assert.equal((await provider.find())?.context, 'staging');
  const away = 'dial tcp 10.0.0.1:6443: connect: connection refused';
  fake.replay(view('https://staging.example:6443'), { when: version, stderr: away, exitCode: 1 });
  await assert.rejects(
    provider.find(),
    (error) => isJourneyError(error, 'command-failed') && /refused/.test(error.message),
  );
});
