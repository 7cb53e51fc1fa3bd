/*
 * Rewrites a file of 1 MiB from its beginning, over and over, for a time, and
 * prints how often a second. With a third argument the file is cut to nothing
 * before each round.
 *
 * Usage: rewriter FILE SECONDS [truncate]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BYTES (1 << 20)

static char block[BYTES];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    int file = open(argv[1], O_RDWR | O_CREAT, 0644);
    if (file < 0) return 1;
    const double begin = now();
    const double end = begin + atof(argv[2]);
    long rounds = 0;
    double time = begin;
    while (time < end) {
        if (argc > 3 && ftruncate(file, 0) != 0) return 1;
        if (pwrite(file, block, BYTES, 0) != BYTES) return 1;
        rounds++;
        time = now();
    }
    printf("%f\n", rounds / (time - begin));
    return 0;
}
