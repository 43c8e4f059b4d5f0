/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on files, without libFuzzer: on each file of each directory that is named. A
 * property that does not hold ends the program, which names the file. Fails for a directory without
 * files.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { PATH_SIZE = 4096, FILE_MAX = 1 << 20 };

/* Printed if the target aborts: without buffers, because nothing flushes them then. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *data = malloc(FILE_MAX);
    if (file == NULL || data == NULL) {
        perror(path);
        exit(1);
    }
    size_t len = fread(data, 1, FILE_MAX, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    char *copy = fuzz_copy(data, len);
    free(data);
    LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
    free(copy);
}

static int run_directory(const char *path)
{
    char name[PATH_SIZE];
    int count = 0;
    DIR *dir = opendir(path);
    if (dir == NULL) {
        perror(path);
        exit(1);
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            run_file(name);
            count++;
        }
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        int found = run_directory(argv[i]);
        if (found == 0) {
            fprintf(stderr, "%s: no seeds\n", argv[i]);
            return 1;
        }
        count += found;
    }
    printf("%d inputs\n", count);
    return 0;
}
