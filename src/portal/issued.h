/* SPDX-License-Identifier: MIT */
/*
 * What the portal issues for a scope: AWS credentials, or access to a Kubernetes cluster.
 */
#ifndef PORTAL_ISSUED_H
#define PORTAL_ISSUED_H

#include <stdint.h>

struct aws_credentials;
struct kube_access;

enum {
    CONSOLE_LINK_SIZE = 8 << 10, /* with the NUL; usual are 1,500 to 2,500 bytes */
    CONSOLE_LINK_MAX_AGE_S = 600 /* the link is valid for about 15 minutes */
};

/* A link that signs its holder in to the AWS console: a secret. */
struct console_link {
    int64_t obtained_s;          /* by this machine's clock */
    char url[CONSOLE_LINK_SIZE]; /* "" if the portal sends none */
};

/* Where to write what is issued. aws for scopes of AWS, kube for scopes of Kubernetes; the other
 * members may be NULL. The link comes with AWS credentials, if it is wanted. */
struct issued {
    struct aws_credentials *aws;
    struct console_link *link;
    struct kube_access *kube;
};

/* Wipes what the members point to. */
void issued_wipe(const struct issued *issued);

#endif
