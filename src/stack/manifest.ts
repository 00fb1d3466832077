import type { KubernetesObject, Labels, Metadata } from '../cluster/objects.ts';

/** An object as a file states it: whole, and without what only the API server adds. */
export interface Manifest extends Omit<KubernetesObject, 'metadata'> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<Metadata, 'name'> & Partial<Metadata>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Labels;
}
