import type { Tools } from './tools.ts';

export interface GoProgram {
  /** Folder of the module: its go.mod says what is compiled. */
  readonly module: string;
  readonly package: string;
  readonly ldflags: string;
  /** Path of the program. */
  readonly output: string;
}

/** The slowest link (kube-apiserver on an old laptop) with its downloads. */
export const compileDeadlineMs = 60 * 60_000;

/** Debug information would be stripped at the end; not to make it saves a tenth of the compiler's work. */
export const gcflags = 'all=-dwarf=false';

/** Compiles a static program from Go modules. @throws JourneyError as `go` fails. */
export async function compileGo({ module, package: main, ldflags, output }: GoProgram, tools: Tools): Promise<void> {
  await tools.run('go', ['build', '-gcflags', gcflags, '-ldflags', ldflags, '-o', output, main], {
    cwd: module,
    // Static programs run in images made of nothing else; go.sum has every sum, so nothing may change it.
    // The compiler, many short processes, collects its garbage less often: another tenth, for some 100 MB more.
    env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOGC: '400' },
    deadlineMs: compileDeadlineMs,
  });
}
