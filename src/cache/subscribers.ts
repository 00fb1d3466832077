import { reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A set of listeners; one that throws is logged and does not keep the others from being told. */
export class Subscribers<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns a function that ends the subscription. */
  add(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error({ error }, `a store listener failed: ${reasonOf(error)}`);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
