/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

/* The system call itself: libc would first search the vDSO for its own version, which costs more
 * (two page faults and a symbol search) than a cached run saves by it. */
static struct timespec read_clock(clockid_t clock)
{
    struct timespec now = {0};
    syscall(SYS_clock_gettime, clock, &now);
    return now;
}

int64_t clock_wall_s(void)
{
    return read_clock(CLOCK_REALTIME).tv_sec;
}

static int64_t read_ms(clockid_t clock)
{
    struct timespec now = read_clock(clock);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

int64_t clock_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_mono_ms();
    return left > 0 ? left : 0;
}

bool clock_sleep_ms(int64_t ms, int64_t deadline_ms)
{
    int64_t left = clock_left_ms(deadline_ms);
    bool in_time = ms < left;
    int64_t wait = in_time ? ms : left;
    struct timespec rest = {.tv_sec = (time_t)(wait / MS_PER_S),
                            .tv_nsec = (long)(wait % MS_PER_S) * NS_PER_MS};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
    return in_time;
}

/* Writes the last count digits of value, ending before end. */
static void put_digits(char *end, int value, int count)
{
    for (int i = 1; i <= count; i++) {
        end[-i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* strftime takes as long as checking the JSON of a cached entry. */
bool clock_format_rfc3339(int64_t time_s, char out[CLOCK_RFC3339_SIZE])
{
    time_t time = (time_t)time_s;
    struct tm utc;
    if (time_s < 0 || time_s > CLOCK_LAST_S || gmtime_r(&time, &utc) == NULL) {
        return false;
    }
    const int fields[] = {utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec};
    text_copy(out, CLOCK_RFC3339_SIZE, "yyyy-mm-ddThh:mm:ssZ");
    put_digits(out + 4, utc.tm_year + 1900, 4);
    for (int i = 0; i < 5; i++) {
        put_digits(out + 7 + 3 * i, fields[i], 2);
    }
    return true;
}

/* Reads a number of exactly so many digits, from min to max, and advances *at. */
static bool read_field(const char **at, int digits, int min, int max, int *value)
{
    int sum = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        sum = sum * 10 + (c - '0');
    }
    *at += digits;
    *value = sum;
    return sum >= min && sum <= max;
}

static bool read_char(const char **at, const char *allowed)
{
    for (; *allowed != '\0'; allowed++) {
        if (**at == *allowed) {
            (*at)++;
            return true;
        }
    }
    return false;
}

/* "Z" or "+hh:mm". */
static bool read_offset(const char **at, int *offset_s)
{
    int hours = 0;
    int minutes = 0;
    *offset_s = 0;
    if (read_char(at, "Zz")) {
        return true;
    }
    int sign = **at == '-' ? -1 : 1;
    if (!read_char(at, "+-") || !read_field(at, 2, 0, 23, &hours) || !read_char(at, ":") ||
        !read_field(at, 2, 0, 59, &minutes)) {
        return false;
    }
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool clock_parse_rfc3339(const char *text, int64_t *time_s)
{
    const char *at = text;
    struct tm utc = {0};
    int offset_s = 0;
    if (!read_field(&at, 4, 1970, 9999, &utc.tm_year) || !read_char(&at, "-") ||
        !read_field(&at, 2, 1, 12, &utc.tm_mon) || !read_char(&at, "-") ||
        !read_field(&at, 2, 1, 31, &utc.tm_mday) || !read_char(&at, "Tt ") ||
        !read_field(&at, 2, 0, 23, &utc.tm_hour) || !read_char(&at, ":") ||
        !read_field(&at, 2, 0, 59, &utc.tm_min) || !read_char(&at, ":") ||
        !read_field(&at, 2, 0, 60, &utc.tm_sec)) {
        return false;
    }
    if (read_char(&at, ".")) {
        int digit = 0;
        if (!read_field(&at, 1, 0, 9, &digit)) {
            return false;
        }
        while (read_field(&at, 1, 0, 9, &digit)) {
        }
    }
    if (!read_offset(&at, &offset_s) || *at != '\0') {
        return false;
    }
    int month_day = utc.tm_mday;
    int second = utc.tm_sec; /* added below: timegm moves a leap second (60) into the next minute */
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    utc.tm_sec = 0;
    int64_t minute_s = (int64_t)timegm(&utc);
    if (utc.tm_mday != month_day) {
        return false; /* timegm moves 30 February into March */
    }
    int64_t result_s = minute_s + second - offset_s;
    if (result_s < 0 || result_s > CLOCK_LAST_S) {
        return false; /* by its offset before 1970, or after 9999 */
    }
    *time_s = result_s;
    return true;
}

void clock_format_duration(int64_t duration_s, char out[CLOCK_DURATION_SIZE])
{
    const struct {
        int64_t count;
        const char *unit;
    } parts[] = {{duration_s / 3600, "h"}, {duration_s / 60 % 60, "min"}, {duration_s % 60, "s"}};
    size_t used = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].count != 0 || (i == 2 && used == 0)) {
            used += (size_t)snprintf(out + used, CLOCK_DURATION_SIZE - used, "%s%lld %s",
                                     used > 0 ? " " : "", (long long)parts[i].count, parts[i].unit);
        }
    }
}
