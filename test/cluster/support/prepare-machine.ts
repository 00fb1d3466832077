// Before the first test of a run: compiles what the live tests need, in view and under no test's deadline, since on a new
// machine it takes minutes: Kubernetes where a local cluster can be made, the OpenTelemetry Collector where there is Go.
// Where something is missing it does nothing; the tests say what.
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { otelcol } from '../../support/otelcol.ts';
import { build } from './own-cluster.ts';

const provider = new LocalProvider(build);
if ((await provider.preflight(3)).length === 0) await provider.prepare();
await otelcol();
