// network-policies holds the pods of this node to the NetworkPolicies of the cluster (networking.k8s.io/v1), by
// sigs.k8s.io/kube-network-policies. That project's own command takes its identity from a pod; this one takes the node's,
// so that a node holds to the policies before its first pod starts.
//
// No signal is caught: the rules of netfilter stay when it ends, and then nothing new comes through to a pod that has
// policies, until it runs again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const library = "sigs.k8s.io/kube-network-policies"

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "network-policies: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "/etc/kubernetes/kubelet.kubeconfig", "who it is to the API server")
	node := flag.String("node", "", "name of this node (default its host name)")
	queue := flag.Int("queue", 100, "netfilter's queue for first packets of connections")
	showVersion := flag.Bool("version", false, "print the version of "+library)
	klog.InitFlags(nil)
	flag.Parse()
	if *showVersion {
		fmt.Println("kube-network-policies", version())
		return nil
	}

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects := informers.NewSharedInformerFactory(client, 0)
	// Admin policies, which are no part of Kubernetes, are left out, and so is what they alone need.
	controller, err := networkpolicy.NewController(
		client,
		objects.Networking().V1().NetworkPolicies(),
		objects.Core().V1().Namespaces(),
		objects.Core().V1().Pods(),
		nil, nil, nil, nil,
		networkpolicy.Config{
			NodeName: *node,
			QueueID:  *queue,
			// Debian 12's kernel is older than the fix.
			NetfilterBug1766Fix: true,
		},
	)
	if err != nil {
		return err
	}
	ctx := context.Background()
	objects.Start(ctx.Done())
	return controller.Run(ctx)
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range info.Deps {
		if module.Path == library {
			return module.Version
		}
	}
	return "unknown"
}
