import type { Precondition } from '../cache/cache.ts';
import { InvalidRequest } from './invalid-request.ts';

/** RFC 9110 §8.8.3: an opaque tag of visible characters except the quote, weak when it begins with `W/`. */
const entityTag = /^(W\/)?("[\x21\x23-\x7e\x80-\xff]*")$/;

interface EntityTag {
  readonly weak: boolean;
  /** With its quotes. */
  readonly tag: string;
}

/** @throws JourneyError `invalid-request` when the header is neither `*` nor a list of entity tags. */
function parseEntityTags(name: string, header: string): readonly EntityTag[] | '*' {
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  for (const part of splitList(header)) {
    const [, weak, tag] = entityTag.exec(part) ?? [];
    if (tag === undefined) throw invalid(name);
    tags.push({ weak: weak !== undefined, tag });
  }
  if (tags.length === 0) throw invalid(name);
  return tags;
}

/** Splits at commas outside quotes; empty elements are allowed (RFC 9110 §5.6.1.2). */
function splitList(header: string): string[] {
  const parts = header.match(/(?:"[^"]*"|[^,"])+|"/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function invalid(name: string): InvalidRequest {
  return new InvalidRequest(name, {
    en: 'must be * or entity tags with their quotes, as ETag gives them: "abc", "def"',
    zh: '必须是 * 或带引号的实体标签，与 ETag 返回的一致："abc", "def"',
  });
}

export interface PreconditionHeaders {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/**
 * The conditions of a write, for the store to check in the same step as the write itself.
 * If-Match compares strongly, so a weak tag matches nothing; If-None-Match compares weakly (RFC 9110 §13.1.1–2).
 *
 * @returns `undefined` for an unconditional request. @throws JourneyError `invalid-request`.
 */
export function preconditionOf(headers: PreconditionHeaders): Precondition | undefined {
  const ifMatch = headers['if-match'] === undefined ? undefined : parseEntityTags('If-Match', headers['if-match']);
  const ifNoneMatch =
    headers['if-none-match'] === undefined ? undefined : parseEntityTags('If-None-Match', headers['if-none-match']);
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ...(ifMatch === undefined
      ? {}
      : { ifMatch: ifMatch === '*' ? ifMatch : ifMatch.filter((t) => !t.weak).map((t) => t.tag) }),
    ...(ifNoneMatch === undefined
      ? {}
      : { ifNoneMatch: ifNoneMatch === '*' ? ifNoneMatch : ifNoneMatch.map((t) => t.tag) }),
  };
}

/** How a failed precondition is named in its problem. */
export function nameOf(precondition: Precondition | undefined): string {
  const name = (header: string, tags: readonly string[] | '*' | undefined): string[] =>
    tags === undefined ? [] : [`${header}: ${tags === '*' ? '*' : tags.join(', ')}`];
  return [...name('If-Match', precondition?.ifMatch), ...name('If-None-Match', precondition?.ifNoneMatch)].join('; ');
}

/** Whether one side of a precondition names the tag an entry has. */
export function matches(tags: readonly string[] | '*', etag: string): boolean {
  return tags === '*' || tags.includes(etag);
}
