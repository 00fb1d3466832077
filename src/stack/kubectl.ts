import type { KubectlCommand } from '../cluster/cluster-provider.ts';
import { type CommandResult, runCommand, tryCommand } from '../cluster/run-command.ts';

export interface KubectlOptions {
  readonly command: KubectlCommand;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface KubectlCall {
  /** Given to kubectl's standard input. */
  readonly input?: string;
  /** Default 60 s. */
  readonly deadlineMs?: number;
}

/**
 * kubectl of one cluster.
 *
 * The program rather than @kubernetes/client-node: `apply`, kustomize and its conflict rules exist only in kubectl, a
 * learner can repeat by hand what we ran, and the client library brings generated models of every API for the five
 * requests we would use it for.
 */
export class Kubectl {
  readonly #options: KubectlOptions;

  constructor(options: KubectlOptions) {
    this.#options = options;
  }

  /** @returns what it printed. @throws JourneyError `command-failed`, `command-timeout`, `command-missing`. */
  run(args: readonly string[], call: KubectlCall = {}): Promise<string> {
    return runCommand(this.#options.command.file, this.#all(args), this.#call(call));
  }

  /** A failure is an answer. @throws JourneyError `command-timeout`, `command-missing`. */
  try(args: readonly string[], call: KubectlCall = {}): Promise<CommandResult> {
    return tryCommand(this.#options.command.file, this.#all(args), this.#call(call));
  }

  /** Asks for JSON; with `--ignore-not-found` nothing found is `undefined`. @throws JourneyError as {@link run}. */
  async json<T>(args: readonly string[], call: KubectlCall = {}): Promise<T | undefined> {
    const text = await this.run([...args, '--output', 'json'], call);
    return text.trim() === '' ? undefined : (JSON.parse(text) as T);
  }

  #all(args: readonly string[]): string[] {
    return [...this.#options.command.args, ...args];
  }

  #call({ input, deadlineMs = 60_000 }: KubectlCall) {
    const { env, signal } = this.#options;
    return { env, signal, deadlineMs, ...(input === undefined ? {} : { input }) };
  }
}
