#include "goopd/site/site_resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
site_resume_begin(struct site_resume *resume, enum site_version version,
    const struct site_request *request, const struct site_answer *head,
    struct monotime now)
{
	memset(resume, 0, sizeof(*resume));
	resume->request = *request;
	resume->head = *head;
	if (version == SITE_1_0)
		resume->head.ranges = false;
	resume->give_up = monotime_add_ms(now, SITE_RESUME_MS);
}

/* The tag is compared strongly (RFC 9110, 13.1.5). */
static bool
can_resume(const struct site_answer *head)
{
	return head->ranges && head->etag[0] == '"';
}

static void
count_attempt(struct site_resume *resume, uint64_t done, struct monotime now)
{
	if (done - resume->done >= SITE_RESUME_WORTH) {
		resume->give_up = monotime_add_ms(now, SITE_RESUME_MS);
		resume->pause_ms = 0;
	}
	resume->done = done;
}

static int64_t
next_pause(int64_t pause_ms)
{
	if (pause_ms == 0)
		return SITE_RESUME_PAUSE_MS;
	return pause_ms >= SITE_RESUME_PAUSE_MAX_MS / 2
		   ? SITE_RESUME_PAUSE_MAX_MS
		   : 2 * pause_ms;
}

bool
site_resume_after(struct site_resume *resume, uint64_t done,
    struct monotime now, struct site_request *ret, int64_t *pause_ms)
{
	const struct site_answer *head = &resume->head;

	count_attempt(resume, done, now);
	if (!can_resume(head) || done >= head->length ||
	    monotime_reached(now, resume->give_up))
		return false;
	*ret = resume->request;
	ret->if_none_match[0] = ret->if_modified_since[0] = '\0';
	snprintf(ret->range, sizeof(ret->range), "bytes=%" PRIu64 "-%" PRIu64,
	    head->from + done, head->from + head->length - 1);
	snprintf(ret->if_range, sizeof(ret->if_range), "%s", head->etag);
	*pause_ms = resume->pause_ms;
	resume->pause_ms = next_pause(resume->pause_ms);
	return true;
}

bool
site_resume_fits(
    const struct site_resume *resume, const struct site_answer *answer)
{
	const struct site_answer *head = &resume->head;

	return answer->status == 206 &&
	       answer->from == head->from + resume->done &&
	       answer->length == head->length - resume->done &&
	       answer->size == head->size &&
	       strcmp(answer->etag, head->etag) == 0;
}
