// The schema of Kyverno's policies, a file of this module. Nothing is built.
module kyverno

go 1.24.0

require github.com/kyverno/kyverno v1.19.1
