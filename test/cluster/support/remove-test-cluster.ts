// After the last test of a run, however it ended: the cluster that its files shared goes.
import { removeTestCluster } from './test-cluster.ts';

await removeTestCluster();
