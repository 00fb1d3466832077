import { defineMessages } from '../i18n/messages.ts';

export const clusterMessages = defineMessages({
  noContext: {
    en: 'a kubeconfig with a context to use (kubectl config get-contexts lists them)',
    zh: '一个包含可用上下文的 kubeconfig（kubectl config get-contexts 可列出）',
  },
  cannotLoadImage: { en: 'load an image', zh: '加载镜像' },
  cannotLoadImageWayOut: {
    en: 'Push the images to a registry the cluster can pull from, and name it with --registry.',
    zh: '请将镜像推送到集群可以拉取的镜像仓库，并用 --registry 指定。',
  },
  cannotStopNode: { en: 'stop or start a node', zh: '停止或启动节点' },
  cannotStopNodeWayOut: {
    en: 'Use the minikube, kind or local provider for tests that take nodes away.',
    zh: '需要下线节点的测试请使用 minikube、kind 或 local 提供方。',
  },
});
