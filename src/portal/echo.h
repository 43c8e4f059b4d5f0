/* SPDX-License-Identifier: MIT */
/* A portal, or a proxy before it, may echo the secrets that a request carried. */
#ifndef PORTAL_ECHO_H
#define PORTAL_ECHO_H

/*
 * Overwrites every copy of the secret in text with asterisks, in place: as it is, escaped as in
 * JSON (\/ or \u002f), percent-encoded, and cut short after 12 characters or more. A secret of less
 * than 12 characters is hidden only as a word of its own: with the token "tok", "The token" stays
 * readable. A NULL or empty secret hides nothing.
 */
void echo_hide(char *text, const char *secret);

#endif
