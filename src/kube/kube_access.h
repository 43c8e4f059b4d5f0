/* SPDX-License-Identifier: MIT */
/*
 * Short-lived access to a Kubernetes cluster, as issued by the portal, and the checks of its
 * values. The sizes include the NUL.
 */
#ifndef KUBE_KUBE_ACCESS_H
#define KUBE_KUBE_ACCESS_H

#include <stdint.h>

struct err;

enum {
    KUBE_NAME_SIZE = 128, /* a cluster's or plan's name, or a namespace */
    KUBE_SERVER_SIZE = 512,
    KUBE_TOKEN_SIZE = 12 << 10, /* a service account's token has 1 KB, a token of EKS 2 KB */
    KUBE_CA_SIZE = 16 << 10,    /* base64 of one or more certificates */
    KUBE_DEFAULT_LIFETIME_S = 55 * 60,
};

struct kube_access {
    int64_t expiration_s; /* seconds since 1970, by the portal's clock */
    int64_t lifetime_s;   /* seconds from the response to the expiration */
    int64_t sent_ms;      /* clock_boot_ms before the request to the portal */
    char name[KUBE_NAME_SIZE];
    char server[KUBE_SERVER_SIZE];          /* the URL of the API server */
    char default_namespace[KUBE_NAME_SIZE]; /* may be empty */
    char ca[KUBE_CA_SIZE]; /* base64 of PEM; empty: the API server's certificate is not verified */
    char token[KUBE_TOKEN_SIZE];
};

/* Whether the values can be written to JSON and YAML as they are, and the token into a header.
 * Returns 0, or -1 with ERR_UNAVAILABLE, which names the field and never quotes its value. */
int kube_access_check(const struct kube_access *access, struct err *err)
    __attribute__((warn_unused_result));

void kube_access_wipe(struct kube_access *access);

#endif
