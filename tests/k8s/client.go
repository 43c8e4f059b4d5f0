// SPDX-License-Identifier: MIT

// A program that uses client-go and keeps running. For each line on standard input it lists the
// namespaces with the kubeconfig in KUBECONFIG and prints one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type answer struct {
	Namespaces []string `json:"namespaces,omitempty"`
	Error      string   `json:"error,omitempty"`
}

func connect() (*kubernetes.Clientset, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		rules, &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

func list(client *kubernetes.Clientset) answer {
	found, err := client.CoreV1().Namespaces().List(context.Background(), meta.ListOptions{})
	if err != nil {
		return answer{Error: err.Error()}
	}
	names := []string{}
	for _, namespace := range found.Items {
		names = append(names, namespace.Name)
	}
	return answer{Namespaces: names}
}

func main() {
	client, err := connect()
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		result := answer{}
		if err != nil {
			result.Error = err.Error()
		} else {
			result = list(client)
		}
		if out.Encode(result) != nil {
			os.Exit(1)
		}
	}
}
