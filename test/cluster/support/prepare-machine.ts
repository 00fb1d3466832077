// Before the first test of a run: compiles Kubernetes where the tests will make a local cluster, in view, since on a new
// machine it takes minutes. Where none can be made it does nothing; the tests say what is missing.
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { build } from './own-cluster.ts';

const provider = new LocalProvider(build);
if ((await provider.preflight(3)).length === 0) await provider.prepare();
