/* A shim for LD_PRELOAD: slows the disk down, or makes it fail. Fault tests and benchmarks only, never shipped.
 *
 * FAULT_FSYNC_MS     sleep so many milliseconds (may be a fraction) in every fsync and fdatasync
 * FAULT_FAIL_AT      fail the N-th call (1 is the first) of those counted, once
 * FAULT_WHILE        fail every counted call while a file of this name exists
 * FAULT_ERRNO        with which error: ENOSPC (default), EIO, EDQUOT or a number
 * FAULT_CALLS        which calls count: a list such as "write,fsync" (default: all of them)
 * FAULT_PATH         only files whose name holds this text count (default: all regular files)
 * FAULT_COUNT_FILE   append "N call name" lines to this file, so that a test learns how many calls there are
 *
 * Calls: write pwrite pwrite64 writev fsync fdatasync ftruncate ftruncate64 rename renameat (and fallocate as "write").
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long counted;
static __thread int inside;

#define REAL(kind, name, ...) \
    static kind (*real)(__VA_ARGS__); \
    if (!real) real = (kind (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int error_wanted(void) {
    const char *said = getenv("FAULT_ERRNO");
    if (!said || !strcmp(said, "ENOSPC")) return ENOSPC;
    if (!strcmp(said, "EIO")) return EIO;
    if (!strcmp(said, "EDQUOT")) return EDQUOT;
    return atoi(said);
}

/* A named pipe, a socket or a terminal never fails: only what is kept on a disk does. */
static int is_meant(int fd, const char *path) {
    char link[64], name[4096];
    const char *wanted = getenv("FAULT_PATH");
    if (fd >= 0) {
        struct stat told;
        if (fstat(fd, &told) || !S_ISREG(told.st_mode)) return 0;
        if (!wanted) return 1;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t size = readlink(link, name, sizeof name - 1);
        if (size < 0) return 0;
        name[size] = 0;
        path = name;
    }
    return !wanted || (path && strstr(path, wanted));
}

static int is_counted_call(const char *call) {
    const char *calls = getenv("FAULT_CALLS");
    return !calls || strstr(calls, call);
}

static void note(long number, const char *call) {
    const char *file = getenv("FAULT_COUNT_FILE");
    char line[128];
    int fd;
    if (!file) return;
    fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) return;
    int size = snprintf(line, sizeof line, "%ld %s\n", number, call);
    ssize_t (*plain)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (plain(fd, line, size) < 0) { /* nothing to do about it */ }
    close(fd);
}

/* Say whether this call must fail; errno is set then. */
static int fails(const char *call, int fd, const char *path) {
    const char *at = getenv("FAULT_FAIL_AT"), *during = getenv("FAULT_WHILE");
    int must = 0;
    if (inside || (!at && !during && !getenv("FAULT_COUNT_FILE"))) return 0;
    inside = 1;
    if (is_counted_call(call) && is_meant(fd, path)) {
        long number = atomic_fetch_add(&counted, 1) + 1;
        note(number, call);
        must = (at && number == atol(at)) || (during && !access(during, F_OK));
    }
    inside = 0;
    if (must) errno = error_wanted();
    return must;
}

static void slow(void) {
    const char *said = getenv("FAULT_FSYNC_MS");
    if (!said) return;
    double ms = atof(said);
    struct timespec pause = {(time_t)(ms / 1000), (long)((ms - 1000 * (long)(ms / 1000)) * 1e6)};
    nanosleep(&pause, NULL);
}

ssize_t write(int fd, const void *from, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return fails("write", fd, NULL) ? -1 : real(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return fails("write", fd, NULL) ? -1 : real(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return fails("write", fd, NULL) ? -1 : real(fd, from, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return fails("write", fd, NULL) ? -1 : real(fd, parts, count);
}

int posix_fallocate(int fd, off_t at, off_t size) {
    REAL(int, "posix_fallocate", int, off_t, off_t);
    return fails("write", fd, NULL) ? error_wanted() : real(fd, at, size);
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    slow();
    return fails("fsync", fd, NULL) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    slow();
    return fails("fsync", fd, NULL) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    return fails("ftruncate", fd, NULL) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    return fails("ftruncate", fd, NULL) ? -1 : real(fd, size);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return fails("rename", -1, to) ? -1 : real(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails("rename", -1, to) ? -1 : real(from_dir, from, to_dir, to);
}
