import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CollectorProcessOptions {
  readonly execPath: string;
  readonly main: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A collector of our own to be tormented. */
export class CollectorProcess {
  readonly #child: ChildProcess;
  readonly #address: Promise<string>;

  constructor({ execPath, main, env }: CollectorProcessOptions) {
    this.#child = spawn(execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    this.#address = new Promise((resolve, reject) => {
      const read = (chunk: string) => {
        printed += chunk;
        const address = /"http":"([^"]+)"/.exec(printed)?.[1];
        if (address !== undefined) {
          resolve(address);
          printed = '';
        }
      };
      this.#child.stdout?.setEncoding('utf8').on('data', read);
      this.#child.stderr?.setEncoding('utf8').on('data', read);
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error(`the collector ended by itself: ${printed.trim().slice(-500)}`)));
    });
    // Who kills it before it is ready does not care.
    this.#address.catch(() => undefined);
  }

  /** Waits until it runs. @throws when it ends instead */
  async ready(): Promise<void> {
    await this.#address;
  }

  /** Bytes that it says it has lost, for whatever reason. */
  async lostBytes(signal: AbortSignal): Promise<number> {
    const response = await fetch(`http://${await this.#address}/metrics`, { signal });
    const lines = (await response.text()).matchAll(/^journey_collector_lost_bytes_total\{[^}]*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
