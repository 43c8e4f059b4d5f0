/* SPDX-License-Identifier: MIT */
/* The user at the other end of a connection from this machine. */
#include "rows.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"
#include "net/peer.h"

/* listening: where; connecting: with a socket of this family, to that address or to its form in
 * IPv6. */
static const struct {
    const char *name;
    const char *listening;
    const char *connecting;
} rows[] = {
    {"IPv4", "127.0.0.1:0", NULL},
    {"another loopback address", "127.9.8.7:0", NULL},
    {"IPv6", "[::1]:0", NULL},
    {"IPv4 through an IPv6 socket", "127.0.0.1:0", "[::ffff:127.0.0.1]:1"},
};

static int connect_to(const struct address *address)
{
    int fd = socket(address->at.any.sa_family, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &address->at.any, address->len), 0);
    return fd;
}

static void finds_the_user(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address address;
        struct address mapped;
        struct err err;
        uid_t user = 12345;
        assert_int_equal(address_parse(&address, rows[i].listening, &err), 0);
        int listener = socket(address.at.any.sa_family, SOCK_STREAM, 0);
        assert_int_equal(bind(listener, &address.at.any, address.len), 0);
        assert_int_equal(listen(listener, 8), 0);
        assert_int_equal(getsockname(listener, &address.at.any, &address.len), 0);
        mapped = address;
        if (rows[i].connecting != NULL) {
            assert_int_equal(address_parse(&mapped, rows[i].connecting, &err), 0);
            mapped.at.v6.sin6_port = address.at.v4.sin_port;
        }
        int client = connect_to(&mapped);
        int accepted = accept(listener, NULL, NULL);
        row_true(rows[i].name, peer_find_user(accepted, &user));
        row_int(rows[i].name, user, geteuid());
        user = 12345;
        shutdown(client, SHUT_WR);
        row_true(rows[i].name, peer_find_user(accepted, &user));
        row_int(rows[i].name, user, geteuid());
        /* Of an orphaned socket the kernel may report user 0. */
        close(client);
        row_true(rows[i].name, !peer_find_user(accepted, &user));
        close(accepted);
        close(listener);
    }
}

enum { OWNER = 65532, STRANGER = 65533 };

/* What a client does before this process looks. */
enum client_end { STAYS, STOPS_SENDING, CLOSES, RESETS };

/* A connection of a child process with this user, which does not end before stop is closed. */
static pid_t start_client(const struct address *address, uid_t user, enum client_end end,
                          const int ready[2], const int stop[2])
{
    const struct linger reset = {.l_onoff = 1};
    char byte = 0;
    pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    close(stop[1]);
    if (setresuid(user, user, user) != 0) {
        _exit(1);
    }
    int fd = socket(address->at.any.sa_family, SOCK_STREAM, 0);
    if (connect(fd, &address->at.any, address->len) != 0) {
        _exit(1);
    }
    if (end == STOPS_SENDING) {
        shutdown(fd, SHUT_WR);
    } else if (end == CLOSES) {
        close(fd);
    } else if (end == RESETS) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(fd);
    }
    _exit(write(ready[1], &byte, 1) == 1 && read(stop[0], &byte, 1) == 0 ? 0 : 1);
}

static bool is_foreign(uid_t own, uid_t user, enum client_end end)
{
    struct address address;
    struct err err;
    int ready[2];
    int stop[2];
    char byte = 0;
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, &address.at.any, address.len), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, &address.at.any, &address.len), 0);
    assert_int_equal(pipe(ready) | pipe(stop), 0);
    pid_t pid = start_client(&address, user, end, ready, stop);
    int accepted = accept(listener, NULL, NULL);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(seteuid(own), 0);
    bool foreign = peer_is_foreign(accepted);
    assert_int_equal(seteuid(0), 0);
    const int files[] = {ready[0], ready[1], stop[0], stop[1], accepted, listener};
    for (size_t i = 0; i < ROWS(files); i++) {
        close(files[i]);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return foreign;
}

static void who_is_foreign(void **state)
{
    static const struct {
        const char *name;
        uid_t own;
        uid_t user;
        enum client_end end;
        bool foreign;
    } cases[] = {
        {"the same user", OWNER, OWNER, STAYS, false},
        {"the same user, who stops sending", OWNER, OWNER, STOPS_SENDING, false},
        {"the same user, who closes", OWNER, OWNER, CLOSES, true},
        {"root", OWNER, 0, STAYS, false},
        {"another user", OWNER, STRANGER, STAYS, true},
        {"another user, who stops sending", OWNER, STRANGER, STOPS_SENDING, true},
        {"another user, who closes", OWNER, STRANGER, CLOSES, true},
        {"another user, who resets", OWNER, STRANGER, RESETS, true},
        {"another user, for root", 0, STRANGER, STAYS, false},
        {"another user, who closes, for root", 0, STRANGER, CLOSES, false},
    };
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    for (size_t i = 0; i < ROWS(cases); i++) {
        row_int(cases[i].name, is_foreign(cases[i].own, cases[i].user, cases[i].end),
                cases[i].foreign);
    }
}

static void not_a_connection(void **state)
{
    uid_t user = 0;
    (void)state;
    assert_false(peer_find_user(STDIN_FILENO, &user));
    assert_false(peer_find_user(-1, &user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_user),
        cmocka_unit_test(who_is_foreign),
        cmocka_unit_test(not_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
