export type EventName =
  | 'store'
  | 'config.reloaded'
  | 'config.rejected'
  | 'cleanup.run'
  | 'data.written'
  | 'data.deleted'
  | 'data.skipped'
  | 'cache';

/** One follower of the events. */
export interface EventClient {
  /** Takes one formatted event; false when the client does not keep up and was let go. */
  send(text: string): boolean;
  end(): void;
}

interface HubEvent {
  readonly id: number;
  readonly name: EventName;
  readonly data: object;
}

/** Events kept for clients that come back with Last-Event-ID. */
const kept = 256;

/**
 * Hands events to everyone who follows them, in the format of server-sent events. It keeps a few for clients that
 * reconnect, and never a queue per client: one that reads too slowly is let go and comes back by itself.
 */
export class EventHub {
  readonly #clients = new Set<EventClient>();
  readonly #recent: HubEvent[] = [];
  /** Tells ids of this process from those of the one before: a client must not be sent the wrong rest. */
  readonly #process: string;
  #lastId = 0;
  #closed = false;

  /** @param process distinguishes this process in event ids. */
  constructor(process: string) {
    this.#process = process;
  }

  get size(): number {
    return this.#clients.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  publish(name: EventName, data: object): void {
    const event = { id: ++this.#lastId, name, data };
    this.#recent.push(event);
    if (this.#recent.length > kept) this.#recent.shift();
    if (this.#clients.size === 0) return;
    const text = this.#format(event);
    for (const client of this.#clients) if (!client.send(text)) this.#clients.delete(client);
  }

  /**
   * @param lastEventId what the client saw last; it gets what came after, as far as that is still kept.
   * @returns a function that ends the subscription.
   */
  subscribe(client: EventClient, lastEventId: string | undefined): () => void {
    const [process, seen] = lastEventId?.split('-') ?? [];
    const missed = process === this.#process ? this.#recent.filter(({ id }) => id > Number(seen)) : [];
    if (missed.every((event) => client.send(this.#format(event)))) this.#clients.add(client);
    return () => this.#clients.delete(client);
  }

  /** A comment line: keeps connections open that proxies would take for dead, and finds the dead ones. */
  beat(): void {
    for (const client of this.#clients) if (!client.send(': beat\n\n')) this.#clients.delete(client);
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #format({ id, name, data }: HubEvent): string {
    return `id: ${this.#process}-${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
