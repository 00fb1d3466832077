import type { IncomingMessage } from 'node:http';

const texts = new WeakMap<IncomingMessage, string>();

/** Keeps a request's JSON text beside its parsed value. */
export function keepBodyText(request: IncomingMessage, text: string): void {
  texts.set(request, text);
}

export function bodyTextOf(request: IncomingMessage): string | undefined {
  return texts.get(request);
}
