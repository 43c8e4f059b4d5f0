/* SPDX-License-Identifier: MIT */
#include "portal/issued.h"

#include <string.h>

#include "aws/credentials.h"
#include "kube/kube_access.h"

void issued_wipe(const struct issued *issued)
{
    if (issued->aws != NULL) {
        aws_credentials_wipe(issued->aws);
    }
    if (issued->link != NULL) {
        explicit_bzero(issued->link, sizeof(*issued->link));
    }
    if (issued->kube != NULL) {
        kube_access_wipe(issued->kube);
    }
}
