import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { ClusterContext } from '../../src/cluster/cluster-provider.ts';
import { planCluster } from '../../src/cluster/local/cluster-plan.ts';
import { ClusterState } from '../../src/cluster/local/cluster-state.ts';
import { findProvider, selectProvider } from '../../src/cluster/select-provider.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type FakePrograms, fakePrograms } from './support/fake-programs.ts';

const down = { when: 'kind get clusters', exitCode: 1, stderr: 'ERROR: Cannot connect to the Docker daemon' };
const noMinikube = { when: 'minikube status', exitCode: 85, stdout: 'Profile "journey" not found.' };

let fake: FakePrograms;
let context: ClusterContext;
let clustersFolder: string;
beforeEach(() => {
  fake = fakePrograms(['minikube', 'kind', 'kubectl', 'docker']);
  ({ context } = fake);
  clustersFolder = join(fake.home, 'clusters');
});
afterEach(() => fake.remove());

/** A local cluster that somebody made before the machine was started anew. */
function localCluster(): void {
  const plan = planCluster({ name: 'journey', nodes: 1 });
  ClusterState.create(join(clustersFolder, 'journey/state.json'), { plan, bootId: 'another', programs: 'none' });
}

for (const [what, choose] of [
  ['up', selectProvider],
  ['a command that looks for one', findProvider],
] as const) {
  test(`with auto a kind whose Docker is down does not hide the cluster of another provider from ${what}`, async () => {
    localCluster();
    fake.replay(noMinikube, down);
    assert.equal((await choose('auto', context, { local: { clustersFolder } }))?.name, 'local');
  });
}

test('with auto nothing new is made with a provider that could not be asked', async () => {
  fake.replay(noMinikube, down);
  const options = { local: { clustersFolder } };
  assert.equal((await selectProvider('auto', context, options)).name, 'minikube');
  // Minikube is not there: what kind said is what the user has to mend.
  const alone = fakePrograms(['kind', 'kubectl', 'docker']);
  alone.replay(down);
  try {
    for (const choose of [selectProvider, findProvider]) {
      await assert.rejects(choose('auto', alone.context, options), (error) => {
        assert.ok(isJourneyError(error, 'command-failed'));
        assert.match(error.message, /Docker daemon/);
        return true;
      });
    }
  } finally {
    alone.remove();
  }
});
