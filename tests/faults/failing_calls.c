/* Preloaded into a program, makes the n-th call that writes or syncs a file fail; pipes and sockets are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { SHORT = 2 };

static long at, seen, failed;
static int kind, lasting;

/* kind: 0 EIO, 1 ENOSPC, 2 half a write and then ENOSPC; number counts from 1, with 0 calls are only counted. */
void fail_at(int new_kind, long number, int for_good) {
    kind = new_kind, at = number, lasting = for_good, seen = 0, failed = 0;
}
long calls_seen(void) { return seen; }
long calls_failed(void) { return failed; }

static int is_file(int file) {
    struct stat found;
    return fstat(file, &found) == 0 && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

/* 0: go on. -1: fail with errno set. 1: write half. */
static int turn(int file, int is_write) {
    if (!is_file(file)) return 0;
    long after = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST) - at;
    if (at == 0 || after < 0) return 0;
    if (kind == SHORT) {
        if (after > 1 || (after == 0 && !is_write)) return 0;
        __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
        errno = ENOSPC;
        return after == 0 ? 1 : -1;
    }
    if (after > 0 && !lasting) return 0;
    __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
    errno = kind == 0 ? EIO : ENOSPC;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define POSITIONED(name, offset)                                                        \
    ssize_t name(int file, const void *data, size_t size, offset where) {               \
        int how = turn(file, 1);                                                        \
        return how < 0 ? -1 : REAL(name)(file, data, how > 0 ? size / 2 : size, where); \
    }
#define SYNC(name) \
    int name(int file) { return turn(file, 0) < 0 ? -1 : REAL(name)(file); }

POSITIONED(pwrite, off_t)
POSITIONED(pwrite64, off64_t)
SYNC(fsync)
SYNC(fdatasync)

ssize_t write(int file, const void *data, size_t size) {
    int how = turn(file, 1);
    return how < 0 ? -1 : REAL(write)(file, data, how > 0 ? size / 2 : size);
}
int ftruncate(int file, off_t size) { return turn(file, 0) < 0 ? -1 : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return turn(file, 0) < 0 ? -1 : REAL(ftruncate64)(file, size); }
