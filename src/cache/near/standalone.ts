/**
 * Copies with memory of their own, for what is kept longer than the request it came with. A Buffer from a socket is a
 * view of the chunk it arrived in, a small one from `Buffer.from` a view of Node's shared 8 KiB pool: keeping a hundred
 * bytes would keep all of that alive, and no count of bytes would be true.
 */
export function standalone(value: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(value.length);
  copy.set(value);
  return copy;
}

/** The same for a string: V8 makes a part of a string a view of the whole, here of the request's URL. */
export function standaloneText(text: string): string {
  return Buffer.from(text).toString();
}
