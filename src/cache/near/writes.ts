/** One local write on its way to the store. */
export interface Write {
  /**
   * Something else happened to the key meanwhile: another local write, whose place before or after this one nobody
   * knows, or an invalidation. Then the outcome is not kept.
   */
  contested: boolean;
}

/** The local writes under way, by key. */
export class Writes {
  readonly #underWay = new Map<string, Set<Write>>();

  begin(key: string): Write {
    const others = this.#underWay.get(key) ?? new Set();
    for (const other of others) other.contested = true;
    const write: Write = { contested: others.size > 0 };
    this.#underWay.set(key, others.add(write));
    return write;
  }

  end(key: string, write: Write): void {
    const all = this.#underWay.get(key);
    all?.delete(write);
    if (all?.size === 0) this.#underWay.delete(key);
  }

  contest(key: string): void {
    for (const write of this.#underWay.get(key) ?? []) write.contested = true;
  }
}
