/*
 * A program that reads 64 KiB here and there, and pauses for 5 ms after each
 * read: until SIGTERM, or until it has read all it was asked for. Then it
 * prints a line for each read: when it began, in milliseconds of
 * CLOCK_MONOTONIC, and how long it took, in milliseconds.
 *
 * Usage: reader FILE... < READS
 *
 * Each line of READS is the number of a FILE, from 0, and an offset in bytes.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BYTES (64 * 1024)
#define PAUSE_NS 5000000

struct read {
    int file;
    long long offset;
    double at_ms;
    double took_ms;
};

static char block[BYTES];
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    const struct sigaction action = { .sa_handler = stop };
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    const int files = argc - 1;
    int *fds = malloc(argc * sizeof *fds);
    struct read *reads = NULL;
    size_t asked = 0, room = 0, done = 0;
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < files; i++) {
        fds[i] = open(argv[1 + i], O_RDONLY);
        /* Only what is asked for comes into the cache, nothing around it. */
        if (fds[i] < 0 || posix_fadvise(fds[i], 0, 0, POSIX_FADV_RANDOM) != 0) {
            perror(argv[1 + i]);
            return 1;
        }
    }
    for (struct read next; scanf("%d %lld", &next.file, &next.offset) == 2; asked++) {
        if (next.file < 0 || next.file >= files) return 2;
        if (asked == room) reads = realloc(reads, (room = 2 * room + 1024) * sizeof *reads);
        if (reads == NULL) return 1;
        reads[asked] = next;
    }
    for (; done < asked && !stopped; done++) {
        struct read *read = &reads[done];
        read->at_ms = now_ms();
        if (pread(fds[read->file], block, BYTES, read->offset) < 0) {
            perror(argv[1 + read->file]);
            return 1;
        }
        read->took_ms = now_ms() - read->at_ms;
        nanosleep(&pause, NULL);
    }
    for (size_t i = 0; i < done; i++) printf("%.3f %.4f\n", reads[i].at_ms, reads[i].took_ms);
    return 0;
}
