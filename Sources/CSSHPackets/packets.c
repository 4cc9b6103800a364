#include "CSSHPackets.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <stdlib.h>
#include <string.h>

#if LIBSSH_VERSION_MAJOR != 0 || LIBSSH_VERSION_MINOR != 10 || LIBSSH_VERSION_MICRO != 6
#error "CSSHPackets is written for the private structures of libssh 0.10.6: look at them again for this version"
#endif
#if !defined(__LP64__)
#error "CSSHPackets knows the layout of 64-bit platforms only"
#endif

static const char wanted_version[] = "0.10.6";

/* Private functions of the static library (packet.h, channels.h). */
void ssh_packet_set_callbacks(ssh_session session, ssh_packet_callbacks callbacks);
int ssh_packet_send(ssh_session session);
int ssh_auth_reply_success(ssh_session session, int partial);
uint32_t ssh_channel_new_id(ssh_session session);

/* The front of libssh's `struct ssh_channel_struct` (channels.h). */
struct ssh_channel_struct {
    ssh_session session;
    uint32_t local_number;
    uint32_t local_window;
    int local_end_of_file;
    uint32_t local_packet;
    uint32_t remote_number;
    uint32_t remote_window;
    int remote_end_of_file;
    uint32_t remote_packet;
    int state;
    int delayed_close;
    int flags;
};

enum { STATE_OPENING = 1, STATE_OPEN = 3, FLAG_NOT_BOUND = 8 };

/* Where `struct ssh_session_struct` (session.h) keeps the buffer of the packet being built. libssh replaces the buffer
 * when it has to keep a packet, so this is looked up each time. */
enum { SESSION_OUT_BUFFER = 0x498 };

static ssh_buffer out_buffer(ssh_session session) {
    ssh_buffer buffer;
    memcpy(&buffer, (const char *)session + SESSION_OUT_BUFFER, sizeof buffer);
    return buffer;
}

static int check_channel(ssh_session session) {
    /* Larger than libssh's own, which is 104 bytes. */
    union {
        struct ssh_channel_struct front;
        char room[512];
    } channel = {.front = {.session = session, .remote_window = 0x5a17b047}};
    if (ssh_channel_get_session(&channel.front) != session) return 0;
    return ssh_channel_window_size(&channel.front) == 0x5a17b047;
}

static int check_buffer(ssh_session session) {
    /* Without a connection a packet goes nowhere, but sending empties the buffer it was built in. */
    static const uint8_t ignore[] = {2, 0, 0, 0, 0};
    ssh_buffer buffer = out_buffer(session);
    if (buffer == NULL || ssh_buffer_get_len(buffer) != 0) return 0;
    if (ssh_buffer_add_data(buffer, ignore, sizeof ignore) != 0) return 0;
    if (ssh_buffer_get_len(buffer) != sizeof ignore) return 0;
    ssh_packet_send(session);
    return out_buffer(session) == buffer && ssh_buffer_get_len(buffer) == 0;
}

int sp_packets_check(void) {
    const char *version = ssh_version(0);
    if (version == NULL || strncmp(version, wanted_version, sizeof wanted_version - 1) != 0) return 0;
    ssh_session session = ssh_new();
    if (session == NULL) return 0;
    int good = check_channel(session) && check_buffer(session);
    ssh_free(session);
    return good;
}

enum { FIRST_TYPE = 50, FIRST_CONNECTION_TYPE = 80, LAST_TYPE = 100, TYPES = LAST_TYPE - FIRST_TYPE + 1 };

struct sp_packets {
    struct ssh_packet_callbacks_struct table;
    ssh_packet_callback callbacks[TYPES];
    sp_packet_handler *handler;
    void *user;
};

static int on_packet(ssh_session session, uint8_t type, ssh_buffer packet, void *user) {
    (void)session;
    struct sp_packets *packets = user;
    int taken = packets->handler(packets->user, type, ssh_buffer_get(packet), ssh_buffer_get_len(packet));
    return taken ? SSH_PACKET_USED : SSH_PACKET_NOT_USED;
}

struct sp_packets *sp_packets_begin(ssh_session session, sp_packet_handler *handler, void *user) {
    struct sp_packets *packets = calloc(1, sizeof *packets);
    if (packets == NULL) return NULL;
    packets->handler = handler;
    packets->user = user;
    packets->callbacks[0] = on_packet;
    for (int type = FIRST_CONNECTION_TYPE; type <= LAST_TYPE; type++) packets->callbacks[type - FIRST_TYPE] = on_packet;
    packets->table.start = FIRST_TYPE;
    packets->table.n_callbacks = TYPES;
    packets->table.callbacks = packets->callbacks;
    packets->table.user = packets;
    ssh_packet_set_callbacks(session, &packets->table);
    return packets;
}

void sp_packets_end(struct sp_packets *packets) { free(packets); }

int sp_packet_send(ssh_session session, const uint8_t *packet, size_t length) {
    ssh_buffer buffer = out_buffer(session);
    if (length == 0 || length > UINT32_MAX || ssh_buffer_add_data(buffer, packet, (uint32_t)length) != 0) return -1;
    return ssh_packet_send(session) == SSH_OK ? 0 : -1;
}

int sp_auth_succeed(ssh_session session) { return ssh_auth_reply_success(session, 0) == SSH_OK ? 0 : -1; }

uint32_t sp_channel_local_number(const struct ssh_channel_struct *channel) { return channel->local_number; }
uint32_t sp_channel_remote_number(const struct ssh_channel_struct *channel) { return channel->remote_number; }

void sp_channel_begin_opening(struct ssh_channel_struct *channel) {
    channel->local_number = ssh_channel_new_id(channel->session);
    channel->local_window = SP_CHANNEL_WINDOW;
    channel->local_packet = SP_CHANNEL_PACKET;
    channel->state = STATE_OPENING;
}

void sp_channel_opened_by_peer(
    struct ssh_channel_struct *channel, uint32_t remote_number, uint32_t remote_window, uint32_t remote_packet) {
    sp_channel_begin_opening(channel);
    channel->remote_number = remote_number;
    channel->remote_window = remote_window;
    channel->remote_packet = remote_packet;
    channel->flags &= ~FLAG_NOT_BOUND;
    channel->state = STATE_OPEN;
}
