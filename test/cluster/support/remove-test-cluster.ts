// After the last test of a run, however it ended: the cluster that its files shared goes.
import { removeTestCluster } from './own-cluster.ts';

await removeTestCluster();
