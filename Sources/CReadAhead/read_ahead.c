#define _GNU_SOURCE
#include "CReadAhead.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOCKETS = 4, CAPACITY = 64 * 1024 };

static struct ahead {
    int fd;
    size_t head, tail;
    char *bytes; /* pages that were never needed cost nothing */
} table[SOCKETS] = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}};

static struct ahead *find(int fd) {
    for (int i = 0; i < SOCKETS; i++)
        if (table[i].fd == fd) return &table[i];
    return NULL;
}

void sp_read_ahead(int fd) {
    if (fd < 0 || find(fd) != NULL) return;
    struct ahead *entry = find(-1);
    if (entry == NULL) return;
    if (entry->bytes == NULL && (entry->bytes = malloc(CAPACITY)) == NULL) return;
    entry->fd = fd;
    entry->head = entry->tail = 0;
}

void sp_read_ahead_end(int fd) {
    struct ahead *entry = fd < 0 ? NULL : find(fd);
    if (entry != NULL) entry->fd = -1;
}

static ssize_t kernel_receive(int fd, void *buffer, size_t length, int flags) {
    return (ssize_t)syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

ssize_t recv(int fd, void *buffer, size_t length, int flags) {
    struct ahead *entry = fd < 0 ? NULL : find(fd);
    if (entry == NULL || flags != 0 || length == 0) return kernel_receive(fd, buffer, length, flags);
    if (entry->head == entry->tail) {
        ssize_t received = kernel_receive(fd, entry->bytes, CAPACITY, 0);
        if (received <= 0) return received;
        entry->head = 0;
        entry->tail = (size_t)received;
    }
    size_t count = entry->tail - entry->head;
    if (count > length) count = length;
    memcpy(buffer, entry->bytes + entry->head, count);
    entry->head += count;
    return (ssize_t)count;
}

static int is_waiting(const struct pollfd *descriptor) {
    if (descriptor->fd < 0 || !(descriptor->events & POLLIN)) return 0;
    struct ahead *entry = find(descriptor->fd);
    return entry != NULL && entry->head != entry->tail;
}

static int kernel_poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    return (int)syscall(SYS_poll, descriptors, count, timeout);
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    int waiting = 0;
    for (nfds_t i = 0; i < count; i++) waiting += is_waiting(&descriptors[i]);
    if (waiting == 0) return kernel_poll(descriptors, count, timeout);
    if (count == 1 && descriptors[0].events == POLLIN) {
        descriptors[0].revents = POLLIN;
        return 1;
    }
    /* What else there is, without waiting for it. */
    if (kernel_poll(descriptors, count, 0) < 0) return -1;
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (is_waiting(&descriptors[i])) descriptors[i].revents |= POLLIN;
        ready += descriptors[i].revents != 0;
    }
    return ready;
}
