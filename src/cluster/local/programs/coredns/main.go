// CoreDNS with the plugins that the Corefile of a local cluster names, instead of all fifty: those bring the SDKs of
// three clouds, which take longer to compile than everything else of it.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/template"
)

// The order in which a query meets them, as CoreDNS has it.
func init() {
	dnsserver.Directives = []string{"reload", "ready", "health", "errors", "cache", "template", "kubernetes"}
}

func main() {
	coremain.Run()
}
