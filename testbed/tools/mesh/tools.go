//go:build tools

// Package mesh keeps the programs' packages in go.mod.
package mesh

import (
	_ "istio.io/istio/pilot/cmd/pilot-agent"
	_ "istio.io/istio/pilot/cmd/pilot-discovery"
)
