//go:build programs

// SPDX-License-Identifier: MIT

// The programs that prepare.sh builds of this version.
package main

import (
	_ "k8s.io/kubernetes/cmd/kubectl"
)
