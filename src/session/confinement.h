/* SPDX-License-Identifier: MIT */
/* The files that a command needs after it has started to use the network. */
#ifndef SESSION_CONFINEMENT_H
#define SESSION_CONFINEMENT_H

struct args;

enum confinement_use {
    CONFINEMENT_CALLS,    /* calls of the portal, then the output: token and CA file are read */
    CONFINEMENT_PERSON,   /* calls that begin now, while a person may type in the terminal */
    CONFINEMENT_RENEWALS, /* children that read the token and the CA file again */
};

/* Enters a sandbox (base/sandbox.h) in which the command works. It starts no programs. */
void confinement_enter(const struct args *args, enum confinement_use use);

#endif
