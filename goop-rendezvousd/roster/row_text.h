/*
 * row_text: the text of a roster's row as subscribers get it. Most messages
 * are heartbeats that repeat the row with another time and proof: they are
 * compared as text, without parsing JSON.
 *
 * That works because every text is written here, with the keys in the order of
 * presence_server_message: the head is what the peer says of itself, up to
 * "ts"; the tail is "ts", "verified" and "proof".
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROW_TEXT_H
#define GOOP_RENDEZVOUSD_ROSTER_ROW_TEXT_H

#include "common/presence/presence.h"
#include "goop-rendezvousd/roster/shared_text.h"

/* Texts that are made here are the caller's: one reference. */

/* A checked message as it is passed on: an update (or offline), verified,
 * without token and target. */
struct shared_text *row_text_update(const struct presence *);

/* The same text as an update, typed online instead. */
struct shared_text *row_text_online(const struct shared_text *);

/* {"type":"offline",...} of a peer that did not say it itself. */
struct shared_text *row_text_offline(const char *peer_id, int64_t ts_ms);

/* The length of the head. */
uint32_t row_text_head(const struct shared_text *);

/* A hash of the set of addresses, whatever their order; 0: none. */
uint32_t row_text_addrs_mark(const struct shared_text *);

/* Does the other text have the same head? */
bool row_text_is_same(
    const struct shared_text *, uint32_t head, const struct shared_text *other);

/* Is there a proof in the tail? */
bool row_text_has_proof(const struct shared_text *, uint32_t head);

/* The text with another tail; an empty proof is none. Consumes the text, which
 * is changed in place where nothing else refers to it. */
struct shared_text *row_text_set_tail(
    struct shared_text *, uint32_t head, int64_t ts_ms, struct bytes proof);

/* Is json the head and a tail of "ts" and perhaps a proof, written as we do?
 * The proof is within json, empty if there is none; it is not verified. */
bool row_text_read_beat(const struct shared_text *, uint32_t head,
    struct bytes json, int64_t *ret_ts_ms, struct bytes *ret_proof);

#endif
