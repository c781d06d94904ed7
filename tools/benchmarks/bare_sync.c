/*
 * bare_sync.c - how often a second a disk syncs 512 bytes that were appended.
 *
 * Usage: bare_sync FILE COUNT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int fd = argc > 2 ? open(argv[1], O_CREAT | O_TRUNC | O_WRONLY, 0600) : -1;
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    struct timespec a, b;
    char bytes[512];

    if (fd < 0 || count < 1)
        return 2;
    memset(bytes, 'x', sizeof(bytes));
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (long i = 0; i < count; i++)
        if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) || fdatasync(fd))
            return 1;
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%.0f\n", (double)count / ((double)(b.tv_sec - a.tv_sec) +
                                      (double)(b.tv_nsec - a.tv_nsec) / 1e9));
    close(fd);
    return 0;
}
