// SPDX-License-Identifier: MIT
// A client that uses the JavaScript SDK: see clients.py.
import { createInterface } from "node:readline";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const sts = new STSClient({ endpoint: process.env.STS_URL, maxAttempts: 1 });

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { arn: (await sts.send(new GetCallerIdentityCommand({}))).Arn };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
