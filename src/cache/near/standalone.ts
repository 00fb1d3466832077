/**
 * A copy with memory of its own. A Buffer from a socket is a view of the chunk it came in: keeping a hundred bytes of it
 * would keep 64 KiB alive, and no count of bytes would be true.
 */
export function standalone(value: Buffer): Buffer {
  if (value.buffer.byteLength === value.byteLength) return value;
  const copy = Buffer.allocUnsafeSlow(value.length);
  value.copy(copy);
  return copy;
}
