/* Host keys whose private half is in another process.
 *
 * libssh 0.10 has no way to let somebody else sign a key exchange. So it is given host keys that say they are private and
 * hold nothing but the public half, and the linker puts the functions of `host_keys.c` in the place of the two that
 * sign (`--wrap`, in Package.swift). A session without a signer can't sign anything. */
#ifndef SALLYPORT_HOST_KEYS_H
#define SALLYPORT_HOST_KEYS_H

#include <stddef.h>
#include <stdint.h>

struct ssh_session_struct;
struct ssh_key_struct;
struct sp_host_signer;

/* Longest signature blob, in bytes: RSA with 16384 bits is below. */
enum { SP_HOST_SIGNATURE = 4096 };

/* Signs an exchange hash (H of RFC 4253 section 8). `algorithm` is the SSH name of the signature algorithm. Writes a
 * signature blob (RFC 4253 section 6.6) of at most SP_HOST_SIGNATURE bytes and returns its length, or 0, which ends the
 * connection. Called from within libssh: must not use the session. */
typedef size_t sp_sign_exchange(
    void *user, const char *algorithm, const uint8_t *hash, size_t hash_length, uint8_t *signature);

/* A host key for `SSH_BIND_OPTIONS_IMPORT_KEY` from the blob of its public half. NULL when libssh can't read it, or is
 * not the libssh that this was written for. */
struct ssh_key_struct *sp_host_key_import(const uint8_t *blob, size_t length);

/* Lets `sign` sign the key exchanges of `session`, a server's. Before the first one. NULL without memory. */
struct sp_host_signer *sp_host_signer_begin(struct ssh_session_struct *session, sp_sign_exchange *sign, void *user);

/* Before `user` is gone. */
void sp_host_signer_end(struct sp_host_signer *signer);

#endif
