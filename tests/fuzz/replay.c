/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main() for fuzz targets without a fuzzer: runs every file of the files and directories given,
 * so that the corpora are part of every ordinary test run.  Each input is copied to a heap block of
 * its exact size, where AddressSanitizer sees an overread.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t ninputs;

static int run_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    int rc = -1;

    if (f == NULL || data == NULL || fread(data, 1, size, f) != size) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        goto out;
    }
    /* Named before it runs: the last line of a crash says which input it was. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    ninputs++;
    rc = 0;
out:
    free(data);
    if (f != NULL)
        fclose(f);
    return rc;
}

static int run_path(const char *path);

static int run_directory(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    int rc = n < 0 ? -1 : 0;

    if (n < 0)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        char child[4096];
        int len = snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);

        if (names[i]->d_name[0] != '.' &&
            (len < 0 || (size_t)len >= sizeof(child) || run_path(child) != 0))
            rc = -1;
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return rc;
}

static int run_path(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    return S_ISDIR(st.st_mode) ? run_directory(path) : run_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
    int rc = 0;

    for (int i = 1; i < argc; i++)
        if (run_path(argv[i]) != 0)
            rc = 1;
    printf("%zu inputs\n", ninputs);
    /* An empty corpus tests nothing, and nobody would notice. */
    return ninputs > 0 ? rc : 1;
}
