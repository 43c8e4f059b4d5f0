// SPDX-License-Identifier: MIT

// A client that uses the Go SDK: see clients.py.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func ask(client *sts.Client, failed error) map[string]string {
	if failed != nil {
		return map[string]string{"error": failed.Error()}
	}
	answer, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	return map[string]string{"arn": *answer.Arn}
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	client := sts.NewFromConfig(cfg, func(options *sts.Options) {
		options.BaseEndpoint = aws.String(os.Getenv("STS_URL"))
		options.RetryMaxAttempts = 1
	})
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if out.Encode(ask(client, err)) != nil {
			os.Exit(1)
		}
	}
}
