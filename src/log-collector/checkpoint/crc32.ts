const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});

/**
 * CRC-32 of bytes, or of a text as UTF-8, as gzip and zip have it, an unsigned number. `node:zlib` has a faster one, and
 * takes half a megabyte of a collector that meets no compressed file; a checkpoint's few kilobytes are no flood.
 */
export function crc32(data: string | Uint8Array): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  let rest = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) rest = (rest >>> 8) ^ (table[(rest ^ (bytes[i] as number)) & 0xff] as number);
  return ~rest >>> 0;
}
