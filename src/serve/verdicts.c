/* SPDX-License-Identifier: MIT */
#include "serve/verdicts.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "base/err.h"
#include "base/text.h"
#include "net/address.h"

enum {
    RETRY_FIRST_MS = 1000,
    RETRY_LAST_MS = 10000,
    STEP_MS = 1000 / VERDICTS_PER_S,
    CLIENT_STEP_MS = 1000 / VERDICTS_CLIENT_PER_S,
};

const char *verdict_text(enum verdict verdict)
{
    static const char *const texts[VERDICT_COUNT] = {
        [VERDICT_ACCEPTED] = "accepted",
        [VERDICT_WAIT] = "the review takes too long",
        [VERDICT_NO_TOKEN] = "no token",
        [VERDICT_MALFORMED] = "not a projected service account token",
        [VERDICT_EXPIRED] = "expired",
        [VERDICT_OTHER_AUDIENCE] = "wrong audience",
        [VERDICT_REJECTED] = "rejected by the API server",
        [VERDICT_TOO_MANY] = "too many requests",
        [VERDICT_UNAVAILABLE] = "the API server is unavailable",
    };
    return texts[verdict];
}

int verdicts_init(struct verdicts *verdicts, const char *audience, int capacity, struct err *err)
{
    *verdicts = (struct verdicts){.audience = audience, .capacity = capacity};
    verdicts->entries = calloc((size_t)capacity, sizeof(*verdicts->entries));
    verdicts->buckets = calloc((size_t)capacity, sizeof(*verdicts->buckets));
    return verdicts->entries != NULL && verdicts->buckets != NULL
               ? 0
               : err_set(err, ERR_INTERNAL, "out of memory for %d tokens", capacity);
}

/* Frees the text, and wipes it if it is a token. */
static void drop_text(struct verdict_entry *entry)
{
    if (entry->text != NULL) {
        explicit_bzero(entry->text, strlen(entry->text));
        free(entry->text);
        entry->text = NULL;
    }
}

void verdicts_done(struct verdicts *verdicts)
{
    for (int i = 0; verdicts->entries != NULL && i < verdicts->capacity; i++) {
        drop_text(&verdicts->entries[i]);
    }
    free(verdicts->entries);
    free(verdicts->buckets);
    *verdicts = (struct verdicts){0};
}

static uint16_t *bucket_of(const struct verdicts *verdicts, const unsigned char digest[32])
{
    uint32_t number = 0;
    memcpy(&number, digest, sizeof(number));
    return &verdicts->buckets[number % (uint32_t)verdicts->capacity];
}

static struct verdict_entry *find(const struct verdicts *verdicts, const unsigned char digest[32])
{
    struct verdict_entry *entry = NULL;
    for (uint16_t at = *bucket_of(verdicts, digest); at != 0; at = entry->next) {
        entry = &verdicts->entries[at - 1];
        if (memcmp(entry->digest, digest, sizeof(entry->digest)) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void unlink_entry(struct verdicts *verdicts, const struct verdict_entry *entry)
{
    uint16_t at = (uint16_t)(entry - verdicts->entries + 1);
    uint16_t *link = bucket_of(verdicts, entry->digest);
    while (*link != 0 && *link != at) {
        link = &verdicts->entries[*link - 1].next;
    }
    *link = *link == at ? entry->next : *link; /* an entry that was never used is in no bucket */
}

/* An entry without a verdict that counts, for a new token. NULL if all have one. Searched from
 * where the last search ended, so that the others are kept as long as possible. */
static struct verdict_entry *claim(struct verdicts *verdicts, const unsigned char digest[32],
                                   int64_t now_ms)
{
    for (int i = 0; i < verdicts->capacity; i++) {
        int at = verdicts->next_free;
        struct verdict_entry *entry = &verdicts->entries[at];
        verdicts->next_free = at + 1 < verdicts->capacity ? at + 1 : 0;
        if (entry->until_ms <= now_ms) {
            unlink_entry(verdicts, entry);
            drop_text(entry);
            uint16_t *bucket = bucket_of(verdicts, digest);
            *entry = (struct verdict_entry){.next = *bucket};
            *bucket = (uint16_t)(at + 1);
            memcpy(entry->digest, digest, sizeof(entry->digest));
            return entry;
        }
    }
    return NULL;
}

/* Whether a budget of burst, refilled by one each step_ms, has anything left. */
static bool may_spend(int64_t budget_ms, int step_ms, int burst, int64_t now_ms)
{
    return budget_ms - now_ms <= (int64_t)(burst - 1) * step_ms;
}

static void spend(int64_t *budget_ms, int step_ms, int64_t now_ms)
{
    *budget_ms = (*budget_ms > now_ms ? *budget_ms : now_ms) + step_ms;
}

static void read_address(const struct address *client, unsigned char address[16])
{
    static const unsigned char mapped[16] = {[10] = 0xff, [11] = 0xff};
    if (client->at.any.sa_family == AF_INET6) {
        memcpy(address, &client->at.v6.sin6_addr, 16);
    } else {
        memcpy(address, mapped, 16);
        memcpy(address + 12, &client->at.v4.sin_addr, 4);
    }
}

/* The budget of an address. A new one gets the place of the address that has used least. One that
 * has reviews pending keeps its place, and these are fewer than the places. */
static struct verdict_client *find_client(struct verdicts *verdicts, const struct address *client)
{
    struct verdict_client *least = NULL;
    unsigned char address[16];
    read_address(client, address);
    for (int i = 0; i < VERDICTS_CLIENTS; i++) {
        struct verdict_client *each = &verdicts->clients[i];
        if (memcmp(each->address, address, sizeof(address)) == 0) {
            return each;
        }
        if (each->pending == 0 && (least == NULL || each->budget_ms < least->budget_ms)) {
            least = each;
        }
    }
    *least = (struct verdict_client){0};
    memcpy(least->address, address, sizeof(address));
    return least;
}

static enum verdict enqueue(struct verdicts *verdicts, struct verdict_entry *entry,
                            struct verdict_client *client, const char *token)
{
    char *copy = strdup(token);
    if (copy == NULL) {
        return VERDICT_UNAVAILABLE;
    }
    drop_text(entry);
    entry->text = copy;
    entry->until_ms = INT64_MAX;
    entry->state = VERDICT_WAIT;
    entry->client = (uint8_t)(client - verdicts->clients);
    client->pending++;
    verdicts->pending++;
    verdicts->queue[verdicts->queued++] = (uint16_t)(entry - verdicts->entries);
    return VERDICT_WAIT;
}

/* entry: an earlier verdict about the token that does not count any more, or NULL. */
static enum verdict ask_for_review(struct verdicts *verdicts, struct verdict_entry *entry,
                                   const unsigned char digest[32],
                                   const struct verdict_request *request)
{
    static const enum verdict faults[] = {[TOKEN_MALFORMED] = VERDICT_MALFORMED,
                                          [TOKEN_EXPIRED] = VERDICT_EXPIRED,
                                          [TOKEN_OTHER_AUDIENCE] = VERDICT_OTHER_AUDIENCE};
    int64_t now_ms = request->now_ms;
    int64_t exp_s = 0;
    bool known = entry != NULL && entry->known;
    if (verdicts->pending == VERDICTS_PENDING_MAX) {
        return VERDICT_WAIT;
    }
    struct verdict_client *client = find_client(verdicts, request->client);
    if (!may_spend(client->budget_ms, CLIENT_STEP_MS, VERDICTS_CLIENT_BURST, now_ms)) {
        return VERDICT_TOO_MANY;
    }
    enum token_fault fault =
        token_check(request->token, verdicts->audience, request->now_s, &exp_s);
    if (fault != TOKEN_GOOD) {
        return faults[fault];
    }
    if (now_ms < verdicts->retry_ms) {
        return VERDICT_UNAVAILABLE;
    }
    if (!known && !may_spend(verdicts->budget_ms, STEP_MS, VERDICTS_BURST, now_ms)) {
        return VERDICT_TOO_MANY;
    }
    entry = entry != NULL ? entry : claim(verdicts, digest, now_ms);
    if (entry == NULL) {
        return VERDICT_TOO_MANY;
    }
    if (!known) {
        spend(&verdicts->budget_ms, STEP_MS, now_ms);
    }
    spend(&client->budget_ms, CLIENT_STEP_MS, now_ms);
    entry->exp_s = exp_s;
    return enqueue(verdicts, entry, client, request->token);
}

static void read_names(const char *text, struct service_account *account)
{
    text_copy(account->namespace, sizeof(account->namespace), text);
    text += strlen(text) + 1;
    text_copy(account->name, sizeof(account->name), text);
    text += strlen(text) + 1;
    text_copy(account->pod, sizeof(account->pod), text);
}

/* As read_names reads them. NULL if memory runs out. */
static char *pack_names(const struct service_account *account)
{
    const char *const names[] = {account->namespace, account->name, account->pod};
    size_t len = 0;
    for (size_t i = 0; i < 3; i++) {
        len += strlen(names[i]) + 1;
    }
    char *text = malloc(len);
    for (size_t i = 0, at = 0; text != NULL && i < 3; i++) {
        size_t size = strlen(names[i]) + 1;
        memcpy(text + at, names[i], size);
        at += size;
    }
    return text;
}

enum verdict verdicts_ask(struct verdicts *verdicts, const struct verdict_request *request,
                          struct verdict_answer *answer)
{
    unsigned char digest[32];
    answer->is_new = true;
    const char *token = request->token;
    if (token == NULL || token[0] == '\0') {
        return VERDICT_NO_TOKEN;
    }
    if (mbedtls_sha256((const unsigned char *)token, strlen(token), digest, 0) != 0) {
        return VERDICT_UNAVAILABLE;
    }
    struct verdict_entry *entry = find(verdicts, digest);
    bool counts = entry != NULL && request->now_ms < entry->until_ms &&
                  (entry->state == VERDICT_WAIT || request->now_s < entry->exp_s);
    if (!counts) {
        return ask_for_review(verdicts, entry, digest, request);
    }
    if (entry->state == VERDICT_ACCEPTED) {
        read_names(entry->text, &answer->account);
    }
    answer->is_new = !entry->told;
    entry->told = true;
    return (enum verdict)entry->state;
}

void verdicts_renew(struct verdicts *verdicts)
{
    for (int i = 0; i < verdicts->capacity; i++) {
        verdicts->entries[i].told = false;
    }
}

int verdicts_count_accepted(const struct verdicts *verdicts, int64_t now_ms)
{
    int count = 0;
    for (int i = 0; i < verdicts->capacity; i++) {
        const struct verdict_entry *entry = &verdicts->entries[i];
        count += entry->state == VERDICT_ACCEPTED && entry->until_ms > now_ms ? 1 : 0;
    }
    return count;
}

/* Moves the oldest entries of the queue to the end of a batch, at most share for each client. The
 * batch has count of max entries; returns its new count. */
static int take(struct verdicts *verdicts, uint16_t *batch, int count, int max, int share)
{
    uint16_t taken[VERDICTS_CLIENTS] = {0};
    int left = 0;
    for (int i = 0; i < verdicts->queued; i++) {
        uint16_t at = verdicts->queue[i];
        uint8_t client = verdicts->entries[at].client;
        if (count < max && taken[client] < share) {
            taken[client]++;
            batch[count++] = at;
        } else {
            verdicts->queue[left++] = at;
        }
    }
    verdicts->queued = left;
    return count;
}

int verdicts_take(struct verdicts *verdicts, uint16_t *batch, int max)
{
    int count = take(verdicts, batch, 0, max, VERDICTS_SHARE);
    return take(verdicts, batch, count, max, max);
}

const char *verdicts_token(const struct verdicts *verdicts, int at)
{
    return verdicts->entries[at].text;
}

static void note_failure(struct verdicts *verdicts, int64_t now_ms)
{
    int64_t pause_ms = (int64_t)RETRY_FIRST_MS << verdicts->failures;
    verdicts->failed++;
    if (now_ms >= verdicts->retry_ms) { /* once for all the tokens of an outage */
        bool last = pause_ms >= RETRY_LAST_MS;
        verdicts->retry_ms = now_ms + (last ? RETRY_LAST_MS : pause_ms);
        verdicts->failures += last ? 0 : 1;
    }
}

void verdicts_enter(struct verdicts *verdicts, int at, const struct token_review *review,
                    int64_t now_ms)
{
    struct verdict_entry *entry = &verdicts->entries[at];
    struct verdict_client *client = &verdicts->clients[entry->client];
    bool accepted = review != NULL && review->accepted;
    drop_text(entry);
    entry->text = accepted ? pack_names(&review->account) : NULL;
    entry->told = false;
    client->pending--;
    verdicts->pending--;
    if (review == NULL || (accepted && entry->text == NULL)) {
        entry->state = VERDICT_UNAVAILABLE;
        entry->until_ms = 0;
        note_failure(verdicts, now_ms);
        return;
    }
    verdicts->answered++;
    verdicts->accepted += accepted ? 1 : 0;
    verdicts->failures = 0;
    verdicts->retry_ms = 0;
    entry->known = accepted;
    entry->state = accepted ? VERDICT_ACCEPTED : VERDICT_REJECTED;
    entry->until_ms = now_ms + VERDICTS_KEEP_MS;
}
