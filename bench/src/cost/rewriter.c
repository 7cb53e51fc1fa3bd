/*
 * Rewrites a file of 1 MiB from its beginning, over and over, for a time. With
 * a third argument the file is cut to nothing before each round.
 *
 * Prints at the end, for each stretch of 5 ms or more: when it began and ended
 * on the monotonic clock, and the CPU time it took, in milliseconds; and how
 * many rounds it had.
 *
 * Usage: rewriter FILE SECONDS [truncate]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BYTES (1 << 20)
#define STRETCH_MS 5

struct stretch {
    double from, to, cpu;
    long rounds;
};

static char block[BYTES];

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    int file = open(argv[1], O_RDWR | O_CREAT, 0644);
    if (file < 0) return 1;
    const double forMs = atof(argv[2]) * 1e3;
    const long most = forMs / STRETCH_MS + 1;
    struct stretch *done = calloc(most, sizeof *done);
    if (done == NULL) return 1;
    long count = 0;
    double time = now(CLOCK_MONOTONIC);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (const double end = time + forMs; time < end && count < most; count++) {
        struct stretch *one = &done[count];
        one->from = time;
        do {
            if (argc > 3 && ftruncate(file, 0) != 0) return 1;
            if (pwrite(file, block, BYTES, 0) != BYTES) return 1;
            one->rounds++;
            time = now(CLOCK_MONOTONIC);
        } while (time < one->from + STRETCH_MS);
        const double cpuNow = now(CLOCK_PROCESS_CPUTIME_ID);
        one->to = time;
        one->cpu = cpuNow - cpu;
        cpu = cpuNow;
    }
    for (long i = 0; i < count; i++) printf("%.6f %.6f %.6f %ld\n", done[i].from, done[i].to, done[i].cpu, done[i].rounds);
    return 0;
}
