# SPDX-License-Identifier: MIT
"""A client that uses boto3: see clients.py."""

import json
import os
import sys

import boto3
from botocore.config import Config

sts = boto3.client("sts", endpoint_url=os.environ["STS_URL"],
                   config=Config(retries={"total_max_attempts": 1}))
for line in sys.stdin:
    try:
        answer = {"arn": sts.get_caller_identity()["Arn"]}
    except Exception as error:  # the test checks any error
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
