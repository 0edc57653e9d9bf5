#include "common/libp2p/host/peer_book.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(peer_book_evictions, "known peers forgotten: too many");

struct place {
	struct multiaddr address;
	struct monotime expires;
	struct monotime retry; /* not before */
	unsigned int failures;
};

struct entry {
	struct peer_id peer;
	struct place *places; /* heap */
	size_t count;
	UT_hash_handle hh;
};

struct peer_book {
	struct entry *entries;
	size_t max_peers;
	size_t max_addresses;
};

struct peer_book *
peer_book_new(size_t max_peers, size_t max_addresses)
{
	struct peer_book *book = xzalloc(sizeof(*book));

	book->max_peers = max_peers;
	book->max_addresses = max_addresses;
	return book;
}

static void
entry_free(struct peer_book *book, struct entry *entry)
{
	HASH_DEL(book->entries, entry);
	free(entry->places);
	free(entry);
}

void
peer_book_free(struct peer_book *book)
{
	struct entry *entry, *next;

	if (book == NULL)
		return;
	HASH_ITER (hh, book->entries, entry, next)
		entry_free(book, entry);
	free(book);
}

/* Drop what has expired; returns when the last of the rest will. */
static struct monotime
entry_prune(struct entry *entry, struct monotime now)
{
	struct monotime last = { INT64_MIN };
	size_t from, to = 0;

	for (from = 0; from < entry->count; from++) {
		if (monotime_reached(now, entry->places[from].expires))
			continue;
		if (last.us < entry->places[from].expires.us)
			last = entry->places[from].expires;
		if (to != from)
			entry->places[to] = entry->places[from];
		to++;
	}
	entry->count = to;
	return last;
}

static struct entry *
book_find(const struct peer_book *book, const struct peer_id *peer)
{
	struct entry *entry;

	HASH_FIND(hh, book->entries, peer, sizeof(*peer), entry);
	return entry;
}

static void
book_make_room(struct peer_book *book, struct monotime now)
{
	struct entry *entry, *next, *first = NULL;
	struct monotime first_ends = MONOTIME_NEVER, ends;

	if (HASH_COUNT(book->entries) < book->max_peers)
		return;
	HASH_ITER (hh, book->entries, entry, next) {
		ends = entry_prune(entry, now);
		if (entry->count == 0) {
			if (first == entry)
				first = NULL;
			entry_free(book, entry);
		} else if (first == NULL || ends.us < first_ends.us) {
			first = entry;
			first_ends = ends;
		}
	}
	if (HASH_COUNT(book->entries) >= book->max_peers && first != NULL) {
		entry_free(book, first);
		counter_add(&peer_book_evictions, 1);
	}
}

static struct place *
entry_find(struct entry *entry, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < entry->count; i++)
		if (multiaddr_equal(&entry->places[i].address, address))
			return &entry->places[i];
	return NULL;
}

/* A slot for one more: a free one, or the one that expires first. */
static struct place *
entry_add(struct peer_book *book, struct entry *entry)
{
	struct place *first = entry->places;
	size_t i;

	if (entry->count < book->max_addresses) {
		entry->places = xreallocarray(
		    entry->places, entry->count + 1, sizeof(*entry->places));
		return &entry->places[entry->count++];
	}
	for (i = 1; i < entry->count; i++)
		if (entry->places[i].expires.us < first->expires.us)
			first = &entry->places[i];
	return first;
}

bool
peer_book_learn(struct peer_book *book, const struct peer_id *peer,
    const struct multiaddr *address, struct monotime expires,
    struct monotime now)
{
	struct entry *entry = book_find(book, peer);
	struct place *place;

	if (entry == NULL) {
		book_make_room(book, now);
		entry = xzalloc(sizeof(*entry));
		entry->peer = *peer;
		HASH_ADD(hh, book->entries, peer, sizeof(entry->peer), entry);
	}
	entry_prune(entry, now);
	place = entry_find(entry, address);
	if (place != NULL) {
		if (place->expires.us < expires.us)
			place->expires = expires;
		return false;
	}
	place = entry_add(book, entry);
	*place = (struct place){
		.address = *address, .expires = expires, .retry = now
	};
	return true;
}

size_t
peer_book_candidates(struct peer_book *book, const struct peer_id *peer,
    struct monotime now, struct multiaddr *ret, size_t max, size_t *ret_known)
{
	struct entry *entry = book_find(book, peer);
	size_t i, count = 0;

	*ret_known = 0;
	if (entry == NULL)
		return 0;
	entry_prune(entry, now);
	*ret_known = entry->count;
	for (i = 0; i < entry->count && count < max; i++)
		if (monotime_reached(now, entry->places[i].retry))
			ret[count++] = entry->places[i].address;
	return count;
}

void
peer_book_failed(struct peer_book *book, const struct peer_id *peer,
    const struct multiaddr *address, struct monotime now)
{
	struct entry *entry = book_find(book, peer);
	struct place *place = entry != NULL ? entry_find(entry, address) : NULL;
	int64_t wait_ms = PEER_BOOK_BACKOFF_MAX_MS, square;

	if (place == NULL)
		return;
	if (place->failures < 1000)
		place->failures++;
	square = (int64_t)place->failures * place->failures;
	if (PEER_BOOK_BACKOFF_MS + square * PEER_BOOK_BACKOFF_SQUARE_MS <
	    wait_ms)
		wait_ms =
		    PEER_BOOK_BACKOFF_MS + square * PEER_BOOK_BACKOFF_SQUARE_MS;
	place->retry = monotime_add_ms(now, wait_ms);
}

static void
entry_forgive(struct entry *entry)
{
	size_t i;

	for (i = 0; i < entry->count; i++) {
		entry->places[i].failures = 0;
		entry->places[i].retry = (struct monotime){ INT64_MIN };
	}
}

void
peer_book_forgive(struct peer_book *book, const struct peer_id *peer)
{
	struct entry *entry = book_find(book, peer);

	if (entry != NULL)
		entry_forgive(entry);
}

void
peer_book_forgive_all(struct peer_book *book)
{
	struct entry *entry, *next;

	HASH_ITER (hh, book->entries, entry, next)
		entry_forgive(entry);
}
