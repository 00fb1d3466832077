// `up` in a process of its own, to be killed: prints each line of progress as it comes.
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { testContext } from './local-test-cluster.ts';

const [name = '', clustersFolder = '', nodes = '1'] = process.argv.slice(2);
const report = (line: string) => void process.stdout.write(`${line}\n`);
const provider = new LocalProvider({ ...testContext(), report }, { name, clustersFolder });
await provider.up({ nodes: Number(nodes) });
