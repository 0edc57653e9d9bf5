#include "goopd/data/protocol/peer_emails.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

struct entry {
	TAILQ_ENTRY(entry) next; /* the newest last */
	struct peer_id peer;
	char *email;
	UT_hash_handle hh;
};

struct peer_emails {
	struct entry *by_peer;
	TAILQ_HEAD(, entry) by_age;
};

struct peer_emails *
peer_emails_new(void)
{
	struct peer_emails *emails = xzalloc(sizeof(*emails));

	TAILQ_INIT(&emails->by_age);
	return emails;
}

static void
drop(struct peer_emails *emails, struct entry *entry)
{
	HASH_DEL(emails->by_peer, entry);
	TAILQ_REMOVE(&emails->by_age, entry, next);
	free(entry->email);
	free(entry);
}

void
peer_emails_free(struct peer_emails *emails)
{
	struct entry *entry;

	if (emails == NULL)
		return;
	while ((entry = TAILQ_FIRST(&emails->by_age)) != NULL)
		drop(emails, entry);
	free(emails);
}

static struct entry *
find(const struct peer_emails *emails, const struct peer_id *peer)
{
	struct entry *entry;

	HASH_FIND(hh, emails->by_peer, peer, sizeof(*peer), entry);
	return entry;
}

static bool
is_fit(const char *email)
{
	size_t len = email != NULL ? strlen(email) : 0;
	CLEANUP_FREE char *printable = NULL;

	if (len == 0 || len > PEER_EMAIL_MAX || !text_is_utf8(bytes_of(email)))
		return false;
	printable = xstrdup(email);
	text_make_printable(printable);
	return strcmp(printable, email) == 0;
}

void
peer_emails_set(
    struct peer_emails *emails, const struct peer_id *peer, const char *email)
{
	struct entry *entry = find(emails, peer);

	if (entry != NULL && email != NULL && !strcmp(entry->email, email)) {
		TAILQ_REMOVE(&emails->by_age, entry, next);
		TAILQ_INSERT_TAIL(&emails->by_age, entry, next);
		return;
	}
	if (entry != NULL)
		drop(emails, entry);
	if (!is_fit(email))
		return;
	if (HASH_COUNT(emails->by_peer) >= PEER_EMAILS_MAX)
		drop(emails, TAILQ_FIRST(&emails->by_age));
	entry = xzalloc(sizeof(*entry));
	entry->peer = *peer;
	entry->email = xstrdup(email);
	HASH_ADD(hh, emails->by_peer, peer, sizeof(entry->peer), entry);
	TAILQ_INSERT_TAIL(&emails->by_age, entry, next);
}

const char *
peer_emails_get(const struct peer_emails *emails, const struct peer_id *peer)
{
	const struct entry *entry = find(emails, peer);

	return entry != NULL ? entry->email : "";
}
