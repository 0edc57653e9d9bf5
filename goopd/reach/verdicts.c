#include "goopd/reach/verdicts.h"

#include <stdlib.h>
#include <string.h>

static struct verdict *
find(struct verdicts *verdicts, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < verdicts->count; i++)
		if (multiaddr_equal(&verdicts->rows[i].address, address))
			return &verdicts->rows[i];
	return NULL;
}

static int
compare_source(const void *a, const void *b)
{
	const struct verdict *left = a, *right = b;

	return (int)left->source - (int)right->source;
}

static void
add(struct verdicts *verdicts, const struct candidate *candidate,
    struct verdicts *before, struct monotime now)
{
	struct verdict *row = find(verdicts, &candidate->address), *known;

	if (row != NULL) {
		if (candidate->source < row->source)
			row->source = candidate->source;
		return;
	}
	if (verdicts->count == VERDICTS_MAX)
		return;
	row = &verdicts->rows[verdicts->count++];
	known = find(before, &candidate->address);
	if (known != NULL)
		*row = *known;
	else
		*row = (struct verdict){
			.address = candidate->address,
			.next = monotime_add_ms(now, VERDICT_FIRST_MS),
			.doubted = MONOTIME_NEVER,
		};
	row->source = candidate->source;
}

void
verdicts_set(struct verdicts *verdicts, const struct candidate *candidates,
    size_t count, struct monotime now)
{
	struct verdicts before = *verdicts;
	size_t i;

	verdicts->count = 0;
	for (i = 0; i < count; i++)
		add(verdicts, &candidates[i], &before, now);
	qsort(verdicts->rows, verdicts->count, sizeof(verdicts->rows[0]),
	    compare_source);
}

static bool
is_awaited(const struct verdict *row)
{
	return row->next.us == INT64_MAX;
}

void
verdicts_distrust(struct verdicts *verdicts, struct monotime now)
{
	struct monotime soon = monotime_add_ms(now, VERDICT_FIRST_MS);
	size_t i;

	for (i = 0; i < verdicts->count; i++) {
		verdicts->rows[i].silences = 0;
		if (!is_awaited(&verdicts->rows[i]))
			verdicts->rows[i].next =
			    monotime_min(verdicts->rows[i].next, soon);
	}
}

size_t
verdicts_take_due(struct verdicts *verdicts, struct monotime now,
    struct multiaddr *ret, size_t max)
{
	size_t i, count = 0;

	for (i = 0; i < verdicts->count && count < max; i++) {
		if (!monotime_reached(now, verdicts->rows[i].next))
			continue;
		verdicts->rows[i].next = MONOTIME_NEVER;
		ret[count++] = verdicts->rows[i].address;
	}
	return count;
}

/* Put the judge in front of the list. */
static void
note_judge(struct verdict *row, const struct peer_id *judge)
{
	size_t i;

	for (i = 0; i < row->judge_count; i++)
		if (peer_id_equal(&row->judges[i], judge))
			break;
	if (i == VERDICT_JUDGES_MAX)
		i--;
	else if (i == row->judge_count)
		row->judge_count++;
	memmove(&row->judges[1], &row->judges[0], i * sizeof(*judge));
	row->judges[0] = *judge;
}

/* ms and a fifth of it more or less, so that the peers of a relay that comes
 * back do not all ask at once. */
static struct monotime
later(struct monotime now, int64_t ms, double random)
{
	return monotime_add_ms(
	    now, (int64_t)((double)ms * (0.8 + 0.4 * random)));
}

static enum verdict_state
state_after(const struct verdict *row, bool is_reachable, struct monotime now)
{
	if (is_reachable)
		return VERDICT_REACHABLE;
	if (row->state == VERDICT_UNREACHABLE ||
	    (row->doubted.us != INT64_MAX &&
		monotime_since_ms(now, row->doubted) >= VERDICT_AGAIN_MS))
		return VERDICT_UNREACHABLE;
	return row->state;
}

bool
verdicts_judge(struct verdicts *verdicts, const struct multiaddr *address,
    bool is_reachable, const struct peer_id *judge, int version, double random,
    struct monotime now)
{
	struct verdict *row = find(verdicts, address);
	enum verdict_state before;

	if (row == NULL)
		return false;
	before = row->state;
	row->state = state_after(row, is_reachable, now);
	note_judge(row, judge);
	row->version = version;
	row->said = now;
	row->silences = 0;
	if (is_reachable)
		row->doubted = MONOTIME_NEVER;
	else
		row->doubted = monotime_min(row->doubted, now);
	if (is_reachable)
		row->next = later(now, VERDICT_REACHABLE_MS, random);
	else if (row->state == VERDICT_UNREACHABLE)
		row->next = later(now, VERDICT_UNREACHABLE_MS, random);
	else
		row->next = monotime_add_ms(now, VERDICT_AGAIN_MS);
	return row->state != before;
}

void
verdicts_silence(struct verdicts *verdicts, const struct multiaddr *address,
    double random, struct monotime now)
{
	struct verdict *row = find(verdicts, address);
	int64_t wait = VERDICT_BACKOFF_MS;
	unsigned int i;

	if (row == NULL)
		return;
	for (i = 0; i < row->silences && wait < VERDICT_BACKOFF_MAX_MS; i++)
		wait *= 2;
	if (wait > VERDICT_BACKOFF_MAX_MS)
		wait = VERDICT_BACKOFF_MAX_MS;
	else
		row->silences++;
	row->next = later(now, wait, random);
}

struct monotime
verdicts_deadline(const struct verdicts *verdicts)
{
	struct monotime at = MONOTIME_NEVER;
	size_t i;

	for (i = 0; i < verdicts->count; i++)
		at = monotime_min(at, verdicts->rows[i].next);
	return at;
}

bool
verdict_is_announced(const struct verdict *row)
{
	if (row->source == VERDICT_OBSERVED)
		return row->state == VERDICT_REACHABLE;
	return row->state != VERDICT_UNREACHABLE;
}
