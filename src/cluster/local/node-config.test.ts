import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'yaml';
import { defaultTuning, planCluster, topologyOf } from './cluster-plan.ts';
import { cniConfig, containerdConfig, kubeletConfig } from './node-config.ts';

const topology = topologyOf(planCluster({ name: 'demo', nodes: 2 }));
const node = topology.nodes[1] ?? assert.fail();

test('the kubelet has its own cgroup, accepts cgroup v1, and never collects images that cannot be pulled again', () => {
  const config = parse(kubeletConfig(node, topology, { ...defaultTuning, containerLogMaxSize: '1Mi' }));
  assert.equal(config.cgroupRoot, '/jc-demo-node2');
  assert.equal(config.failCgroupV1, false);
  assert.equal(config.imageGCHighThresholdPercent, 100);
  assert.equal(config.containerLogMaxSize, '1Mi');
  assert.equal(config.tlsCertFile, '/run/journey/cluster/pki/node2.crt');
  assert.deepEqual(config.clusterDNS, ['10.233.0.10']);
  assert.equal(config.staticPodPath, '/var/lib/kubelet/static-pods');
});

test('Pods get addresses of their node only, unmasked', () => {
  const config = JSON.parse(cniConfig(node));
  assert.equal(config.plugins[0].ipam.ranges[0][0].subnet, '10.232.2.0/24');
  assert.equal(config.plugins[0].ipMasq, false);
});

test('containerd clamps OOM scores only where the kernel would refuse them', () => {
  for (const mayLowerOomScore of [true, false]) {
    const text = containerdConfig({ cniBinaries: '/opt/cni/bin', mayLowerOomScore });
    assert.match(text, new RegExp(`restrict_oom_score_adj = ${!mayLowerOomScore}`));
    assert.match(text, /bin_dir = "\/opt\/cni\/bin"/);
  }
});
