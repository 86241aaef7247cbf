// Other projects' custom resource definitions, which the operator's objects are checked against. Nothing is built.
module warung.dev/testbed/tools/crds

go 1.24.0

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	istio.io/api v1.31.1
)
