import { clientsConformance } from './conformance/clients.ts';
import { entriesConformance } from './conformance/entries.ts';
import { listingConformance } from './conformance/listing.ts';
import { preconditionsConformance } from './conformance/preconditions.ts';
import type { Subject } from './support/subject.ts';

/** What every adapter of the store port must do. A fake that stands in for a store in tests passes this too. */
export function conformance(subject: Subject): void {
  entriesConformance(subject);
  preconditionsConformance(subject);
  listingConformance(subject);
  clientsConformance(subject);
}
