/* SPDX-License-Identifier: MIT */
#include "person.h"

#include "rows.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 1000, PAUSE_US = 10000 };

int person_find_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static int connect_to(int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                        .sin_port = htons((uint16_t)port)};
    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
            return fd;
        }
        close(fd);
        usleep(PAUSE_US);
    }
    return -1;
}

pid_t person_start(int port, const char *request)
{
    pid_t person = fork();
    assert_true(person >= 0);
    if (person == 0) {
        char response[4096];
        int fd = connect_to(port);
        ssize_t len = (ssize_t)strlen(request);
        bool good = fd >= 0 && write(fd, request, (size_t)len) == len &&
                    read(fd, response, sizeof(response)) > 0;
        _exit(good ? 0 : 1);
    }
    return person;
}

void person_end(pid_t person)
{
    int status = -1;
    assert_int_equal(waitpid(person, &status, 0), person);
    assert_int_equal(status, 0);
}

void person_cancel(pid_t person)
{
    int status = -1;
    kill(person, SIGTERM);
    assert_int_equal(waitpid(person, &status, 0), person);
    assert_int_equal(status, SIGTERM);
}
