/*
 * For LD_PRELOAD into a broker under test: a disk that takes in session files and the database when the test says so.
 *
 * Each sync of one of them waits while the file $SLOW_DISK_HOLD exists. $SLOW_DISK_LOG gets a line "begin BYTES NAME"
 * before it and "end BYTES NAME" after it; BYTES is how long the file was when the sync was asked for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void note(const char *what, long long bytes, const char *name) {
    char line[512];
    int length = snprintf(line, sizeof line, "%s %lld %s\n", what, bytes, name);
    int log = open(getenv("SLOW_DISK_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log < 0) return;
    if (write(log, line, (size_t)length) != length) abort();
    close(log);
}

static int slow_sync(int fd, const char *call) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
    char link[64], path[256];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    struct stat status;
    const char *slash = length > 0 ? strrchr(path, '/') : NULL;
    if (slash == NULL || fstat(fd, &status) < 0) return real(fd);
    const char *name = slash + 1, *end = strrchr(name, '.');
    if ((end == NULL || strcmp(end, ".spr") != 0) && strncmp(name, "sallyport.db", 12) != 0) return real(fd);
    note("begin", status.st_size, name);
    while (access(getenv("SLOW_DISK_HOLD"), F_OK) == 0) usleep(5000);
    int result = real(fd);
    note("end", status.st_size, name);
    return result;
}

int fdatasync(int fd) { return slow_sync(fd, "fdatasync"); }
int fsync(int fd) { return slow_sync(fd, "fsync"); }
