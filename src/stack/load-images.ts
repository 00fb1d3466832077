import type { Cluster } from '../cluster/cluster-provider.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { List, Node } from '../cluster/objects.ts';
import type { BuiltImage } from './images/build-images.ts';

/** Annotation of a Node: what the image on it was built from. */
const annotationOf = ({ reference }: BuiltImage) =>
  `journey.example/image-${reference.replace(/^.*\//, '').replace(/:.*$/, '')}`;

/**
 * Puts images onto every node that does not have them yet. A node's own list says which names are there, an annotation
 * which build, because a rebuilt image keeps its name.
 */
export async function loadImages(kubectl: Kubectl, cluster: Cluster, images: readonly BuiltImage[]): Promise<void> {
  const nodes = (await kubectl.json<List<Node>>(['get', 'nodes']))?.items ?? [];
  for (const image of images) {
    if (nodes.every((node) => has(node, image))) continue;
    await cluster.loadImage(image);
    await kubectl.run(['annotate', 'nodes', '--all', '--overwrite', `${annotationOf(image)}=${image.inputs}`]);
  }
}

function has({ metadata, status }: Node, image: BuiltImage): boolean {
  // Docker's short names mean docker.io/library/….
  const names = [image.reference, `docker.io/library/${image.reference}`];
  const listed = status.images?.some((each) => each.names?.some((name) => names.includes(name))) ?? false;
  return listed && metadata.annotations?.[annotationOf(image)] === image.inputs;
}
