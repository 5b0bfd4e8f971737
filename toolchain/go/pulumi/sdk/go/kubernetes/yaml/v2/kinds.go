// Package v2 gets this file in place of its own kinds.go, which pulumigen writes (pins.json, `sources`).
package v2

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// IsListKind tells whether the kind is a list of one of Kubernetes' own kinds. A kind of a CRD may end in "List" too.
func IsListKind(apiVersion, kind string) bool {
	group, _, named := strings.Cut(apiVersion, "/")
	own := !named || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
	return own && strings.HasSuffix(kind, "List")
}

// RegisterResource registers any kind as a resource whose outputs nobody in the provider reads. The SDK's own has a Go
// type for each kind of each version, and those take longer to compile than the rest of the provider.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input,
	opts ...pulumi.ResourceOption) (pulumi.CustomResource, error) {
	group := apiVersion
	if !strings.Contains(group, "/") {
		group = "core/" + group
	}
	var res pulumi.CustomResourceState
	if err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", group, kind), name, props, &res, opts...); err != nil {
		return nil, err
	}
	return &res, nil
}
