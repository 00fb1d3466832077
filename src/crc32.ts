const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});

/**
 * CRC-32 of bytes, or of a text as UTF-8, as gzip and zip have it, an unsigned number. `node:zlib` has one too, and takes half a
 * megabyte of a program that unpacks nothing.
 */
export function crc32(data: string | Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of typeof data === 'string' ? Buffer.from(data) : data)
    rest = (rest >>> 8) ^ (table[(rest ^ byte) & 0xff] as number);
  return ~rest >>> 0;
}
