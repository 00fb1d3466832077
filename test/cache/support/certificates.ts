import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../support/redis-server.ts';

export interface IssueOptions {
  /** As openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Negative: it has expired. */
  readonly days?: number;
}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

/** An authority of its own, with what it signs, made by openssl in a folder that ends with the test. */
export class Authority {
  readonly #folder: string;
  readonly caFile: string;
  #issued = 0;

  constructor(scope: Scope) {
    this.#folder = mkdtempSync(join(tmpdir(), 'journey-ca-'));
    scope.after(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.caFile = this.#path('ca.pem');
    this.#openssl('req', '-x509', ...newKey, this.#path('ca.key'), '-out', this.caFile, '-subj', '/CN=test authority');
  }

  issue({ names = 'DNS:localhost', days = 1 }: IssueOptions = {}): Certificate {
    const name = `issued-${++this.#issued}`;
    const [certFile, keyFile, request] = [this.#path(`${name}.pem`), this.#path(`${name}.key`), this.#path('request')];
    this.#openssl(
      'req',
      ...newKey,
      keyFile,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${names}`,
    );
    const signer = ['-CA', this.caFile, '-CAkey', this.#path('ca.key'), '-days', String(days)];
    this.#openssl('x509', '-req', '-in', request, ...signer, '-copy_extensions', 'copy', '-out', certFile);
    return { certFile, keyFile };
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #openssl(...args: string[]): void {
    const done = spawnSync('openssl', args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${done.stderr}`);
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];
