/** Where bundles of exactly the present sources are, or would be. */
export function bundlesFolder(root: string): string;
