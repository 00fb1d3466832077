import type { ClusterContext } from '../../cluster/cluster-provider.ts';

/** One image to be built. */
export interface ImageRecipe {
  /** Full name and tag the Pods ask for, e.g. `localhost/journey-api:0.2.0`. */
  readonly reference: string;
  readonly dockerfile: string;
  /** Stage of the Dockerfile; `undefined` for the last one. */
  readonly target: string | undefined;
  /** Folder that COPY reads from. */
  readonly context: string;
  /** Folders that stand in for stages of the Dockerfile (`--build-context`). */
  readonly contexts: Readonly<Record<string, string>>;
}

/** A program that builds images and puts them into files. */
export interface ImageBuilder {
  readonly name: 'buildah' | 'docker' | 'podman';
  /** @param archive file to write: `docker save` or OCI, both with the reference in it. */
  build(recipe: ImageRecipe, archive: string, options?: BuildOptions): Promise<void>;
  /** Removes what builds that were killed have left, mounts for one; not while another build is at work. */
  tidy?(): Promise<void>;
  /** Sends an image from such a file to the registry its reference names, with the user's own login. */
  push(reference: string, archive: string): Promise<void>;
}

export interface BuildOptions {
  /** Takes nothing from earlier builds. */
  readonly fresh?: boolean;
}

/** What builders are given instead of reaching for `process`. */
export interface BuildContext extends ClusterContext {
  /** Folder for what is worth keeping: base images, archives. */
  readonly cacheFolder: string;
  /** The pinned Node binary. */
  readonly nodeBinary: string;
}

/** Building takes longer than any other command here: the first time, a base image comes over the network. */
export const buildDeadlineMs = 20 * 60_000;
