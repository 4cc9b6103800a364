/* Reads from SSH sockets in large pieces, for a libssh that asks for 4 KiB at a time.
 *
 * libssh 0.10 polls and receives once for each 4 KiB (MAX_BUF_SIZE), which costs a busy relay more than a tenth of its
 * time. This target defines `recv` and `poll`, which take the place of the C library's for the whole program that
 * links it: descriptors that were named here are read ahead, all others pass straight through. One thread only. */
#ifndef SALLYPORT_CREADAHEAD_H
#define SALLYPORT_CREADAHEAD_H

/* From now on `recv` reads this socket ahead, and `poll` says that it is readable while bytes wait here. All reading
 * of it must go through `recv`. Does nothing when too many sockets are read ahead already. */
void sp_read_ahead(int fd);

/* No longer; what was read ahead and not fetched is lost. Before the number can mean another file. */
void sp_read_ahead_end(int fd);

#endif
