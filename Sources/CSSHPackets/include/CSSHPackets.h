/* Raw SSH packets beside libssh 0.10.6's own handling.
 *
 * The public interface of libssh 0.10 loses what a relay has to pass on: the modes of a terminal, pixel sizes, names
 * and payloads of requests and channel types it doesn't know. Its static library has what is needed: packet handlers that
 * run ahead of its own, and the sending of any packet. This is the only place that knows the layout of libssh's private
 * structures; `sp_packets_check` proves the layout and everything else relies on it. One thread only. */
#ifndef SALLYPORT_CSSHPACKETS_H
#define SALLYPORT_CSSHPACKETS_H

#include "host_keys.h"

#include <stddef.h>
#include <stdint.h>

struct ssh_session_struct;
struct ssh_channel_struct;
struct sp_packets;

/* A packet of type 50 (RFC 4252, a request for authentication) or 80 to 100 (RFC 4254, connection protocol).
 * `payload` is what follows the type byte, and valid
 * during the call alone. Returns 1 to keep the packet from libssh, 0 to leave it to libssh. Must not send or free. */
typedef int sp_packet_handler(void *user, uint8_t type, const uint8_t *payload, size_t length);

/* 1 when this is the libssh that the structures were written for and they are where they should be, 0 otherwise.
 * After `ssh_init`, before anything else here. */
int sp_packets_check(void);

/* Puts `handler` ahead of libssh's own. Right after `ssh_new`. NULL without memory. */
struct sp_packets *sp_packets_begin(
    struct ssh_session_struct *session, sp_packet_handler *handler, void *user);

/* Frees what `sp_packets_begin` made. After `ssh_free`. */
void sp_packets_end(struct sp_packets *packets);

/* Queues one packet; `packet` begins with the type byte. While keys are being exchanged anew libssh keeps it until
 * they are. Returns 0, or -1 when libssh can't. */
int sp_packet_send(struct ssh_session_struct *session, const uint8_t *packet, size_t length);

/* Sends SSH_MSG_USERAUTH_SUCCESS and lets libssh take the session as authenticated. Returns 0, or -1. */
int sp_auth_succeed(struct ssh_session_struct *session);

/* The channel's numbers on both sides; the remote one is known once the channel is open. */
uint32_t sp_channel_local_number(const struct ssh_channel_struct *channel);
uint32_t sp_channel_remote_number(const struct ssh_channel_struct *channel);

/* Gives a fresh channel (`ssh_channel_new`) its number and window and marks it as being opened, as `ssh_channel_open_…`
 * do; the caller sends SSH_MSG_CHANNEL_OPEN. `ssh_channel_open_session` then only waits for the answer. */
void sp_channel_begin_opening(struct ssh_channel_struct *channel);

/* Gives a fresh channel its number and window, and the peer's, and marks it as open; the caller sends
 * SSH_MSG_CHANNEL_OPEN_CONFIRMATION. */
void sp_channel_opened_by_peer(
    struct ssh_channel_struct *channel, uint32_t remote_number, uint32_t remote_window, uint32_t remote_packet);

/* What the two functions above grant the peer: window and longest packet, in bytes. */
enum { SP_CHANNEL_WINDOW = 64000, SP_CHANNEL_PACKET = 32768 };

#endif
