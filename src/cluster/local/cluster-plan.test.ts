import assert from 'node:assert/strict';
import test from 'node:test';
import { isJourneyError } from '../../errors/journey-error.ts';
import { defaultNetworks, planCluster, topologyOf } from './cluster-plan.ts';

test('names and addresses follow from the name and the number of nodes', () => {
  const topology = topologyOf(planCluster({ name: 'demo', nodes: 2 }));
  assert.deepEqual(topology.namespaces, ['jc-demo-switch', 'jc-demo-control', 'jc-demo-node1', 'jc-demo-node2']);
  assert.equal(topology.apiAddress, '10.231.0.10');
  assert.equal(topology.dnsAddress, '10.233.0.10');
  assert.deepEqual(
    topology.nodes.map(({ name, address, podNetwork }) => [name, address, podNetwork]),
    [
      ['node1', '10.231.0.11', '10.232.1.0/24'],
      ['node2', '10.231.0.12', '10.232.2.0/24'],
    ],
  );
});

test('two clusters share no name on the machine', () => {
  const [a, b] = ['a', 'a-node1'].map((name) => topologyOf(planCluster({ name, nodes: 9 })));
  const names = [...(a?.namespaces ?? []), ...(b?.namespaces ?? [])];
  assert.equal(new Set(names).size, names.length);
});

test('no link name is longer than the kernel allows', () => {
  const { control, nodes } = topologyOf(planCluster({ name: 'a-name-of-20-letters', nodes: 9 }));
  for (const { port } of [control, ...nodes]) assert.ok(port.length <= 15, port);
});

test('other networks are used throughout', () => {
  const networks = { nodes: '172.20.5.0/24', pods: '172.21.0.0/16', services: '172.22.0.0/16' };
  const topology = topologyOf(planCluster({ name: 'demo', nodes: 1, networks }));
  assert.equal(topology.apiAddress, '172.20.5.10');
  assert.equal(topology.nodes[0]?.podNetwork, '172.21.1.0/24');
  assert.equal(topology.apiServiceAddress, '172.22.0.1');
});

for (const [what, options] of [
  ['an empty name', { name: '', nodes: 1 }],
  ['a name that is a path', { name: '../x', nodes: 1 }],
  ['a name with capitals', { name: 'Demo', nodes: 1 }],
  ['a name of 21 letters', { name: 'abcdefghijklmnopqrstu', nodes: 1 }],
  ['no nodes', { name: 'demo', nodes: 0 }],
  ['ten nodes', { name: 'demo', nodes: 10 }],
  ['one and a half nodes', { name: 'demo', nodes: 1.5 }],
  ['a network of the wrong size', { name: 'demo', nodes: 1, networks: { pods: '10.232.0.0/24' } }],
  ['a network that is none', { name: 'demo', nodes: 1, networks: { nodes: '10.999.0.0/24' } }],
  ['networks that overlap', { name: 'demo', nodes: 1, networks: { services: defaultNetworks.pods } }],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => planCluster(options),
      (error) => isJourneyError(error, 'cluster-option-invalid'),
    );
  });
}
