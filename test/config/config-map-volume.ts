import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A ConfigMap volume, published with the kubelet's own steps (kubernetes/kubernetes pkg/volume/util/atomic_writer.go):
 * new timestamped directory, `..data_tmp` link to it, rename over `..data`, old directory removed. `config.yaml` is a
 * link through `..data` and is never touched again.
 */
export class ConfigMapVolume {
  readonly #folder: string;
  #generation = 0;
  #current: string | undefined;

  constructor(folder: string, text: string) {
    this.#folder = folder;
    this.publish(text);
    symlinkSync(join('..data', 'config.yaml'), this.file);
  }

  get file(): string {
    return join(this.#folder, 'config.yaml');
  }

  publish(text: string): void {
    const name = `..2026_01_02_03_04_05.${String(++this.#generation).padStart(9, '0')}`;
    mkdirSync(join(this.#folder, name));
    writeFileSync(join(this.#folder, name, 'config.yaml'), text);
    symlinkSync(name, join(this.#folder, '..data_tmp'));
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    if (this.#current !== undefined) rmSync(join(this.#folder, this.#current), { recursive: true });
    this.#current = name;
  }
}
