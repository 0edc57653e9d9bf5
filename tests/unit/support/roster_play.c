#include "tests/unit/support/roster_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "proto/field_json.h"

#define PROOF10 "AAAAAAAAAA"
#define PROOF \
	PROOF10 PROOF10 PROOF10 PROOF10 PROOF10 PROOF10 PROOF10 PROOF10 \
	    "AAAAAA=="

static void note(struct roster_play *play, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void
note(struct roster_play *play, const char *format, ...)
{
	size_t len = strlen(play->told);
	va_list args;

	if (len > 0)
		len += (size_t)snprintf(
		    play->told + len, sizeof(play->told) - len, "; ");
	va_start(args, format);
	vsnprintf(play->told + len, sizeof(play->told) - len, format, args);
	va_end(args);
}

static void
on_event(enum roster_event event, const struct roster_row *row,
    struct shared_text *text, void *arg)
{
	static const char *const names[] = { "joined", "changed", "refreshed",
		"left" };
	struct roster_play *play = arg;
	struct presence said;

	assert_int_equal(message_decode_json(&presence_server_message,
			     shared_text_bytes(text), &said, NULL),
	    0);
	assert_string_equal(said.peer_id, row->peer_id);
	note(play, "%s %s %s %s%s", names[event], said.type, said.peer_id,
	    said.content == NULL ? "-" : said.content,
	    said.proof == NULL ? "" : " proof");
	presence_fini(&said);
}

static void
on_connected(const struct roster_row *row, void *arg)
{
	note(arg, "connected %s", row->peer_id);
}

static const struct roster_user user = { on_event, on_connected };

int
play_begin(void **state)
{
	struct roster_play *play = xzalloc(sizeof(*play));

	play->roster = roster_new(PLAY_ROWS, &user, play);
	play->now = (struct monotime){ 1000000000 };
	play->clock_ms = 1700000000000;
	play_from(play, "192.0.2.1");
	*state = play;
	return 0;
}

int
play_end(void **state)
{
	struct roster_play *play = *state;

	roster_free(play->roster);
	free(play);
	return 0;
}

void
play_wait(struct roster_play *play, int64_t ms)
{
	play->now = monotime_add_ms(play->now, ms);
	play->clock_ms += ms;
	roster_run(play->roster, play->now, play->clock_ms);
}

void
play_from(struct roster_play *play, const char *address)
{
	assert_int_equal(
	    client_address_parse(bytes_of(address), &play->from), 0);
}

static void
read_words(const char *words, struct presence *message)
{
	char *copy = xstrdup(words), *rest = copy, *word;
	bool has_addresses = false;

	message->type = xstrdup(strtok_r(rest, " ", &rest));
	message->peer_id = xstrdup(strtok_r(rest, " ", &rest));
	word = strtok_r(rest, " ", &rest);
	message->content = strcmp(word, "-") == 0 ? NULL : xstrdup(word);
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		has_addresses = true;
		if (strcmp(word, "none") != 0)
			strings_add(&message->addrs, word);
	}
	if (!has_addresses && strcmp(message->type, PRESENCE_OFFLINE) != 0)
		strings_add(&message->addrs, "/ip4/10.0.0.1/tcp/1");
	free(copy);
}

static void
hear(struct roster_play *play, struct roster_session *session,
    enum roster_verdict want, const char *words, int64_t proven_ts_ms)
{
	struct presence message = { .ts_ms = play->clock_ms };
	struct roster_heard heard = { &message, PRESENCE_UNPROVEN, &play->from,
		session, play->now, play->clock_ms };

	read_words(words, &message);
	if (play->token != NULL)
		message.verification_token = xstrdup(play->token);
	if (proven_ts_ms != 0) {
		heard.proof =
		    session != NULL && roster_session_is_trusted(session)
			? PRESENCE_UNPROVEN
			: PRESENCE_PROVEN;
		message.proof = xstrdup(PROOF);
		message.ts_ms = proven_ts_ms;
	}
	assert_int_equal(roster_hear(play->roster, &heard), want);
	presence_fini(&message);
}

void
play_hear(struct roster_play *play, enum roster_verdict want, const char *words)
{
	hear(play, NULL, want, words, 0);
}

void
play_hear_on(struct roster_play *play, int session, enum roster_verdict want,
    const char *words)
{
	hear(play, play->sessions[session], want, words, 0);
}

void
play_prove(struct roster_play *play, enum roster_verdict want,
    const char *words, int64_t ts_ms)
{
	hear(play, NULL, want, words, ts_ms);
}

void
play_prove_on(struct roster_play *play, int session, enum roster_verdict want,
    const char *words, int64_t ts_ms)
{
	hear(play, play->sessions[session], want, words, ts_ms);
}

void
play_open(struct roster_play *play, int session, const char *peer_id)
{
	play->sessions[session] =
	    roster_session_begin(play->roster, peer_id, &play->from);
}

static void
end(struct roster_play *play, int session, bool is_clean)
{
	roster_session_end(play->roster, play->sessions[session], is_clean,
	    play->now, play->clock_ms);
	play->sessions[session] = NULL;
}

void
play_close(struct roster_play *play, int session)
{
	end(play, session, true);
}

void
play_lose(struct roster_play *play, int session)
{
	end(play, session, false);
}

void
play_told(struct roster_play *play, const char *want)
{
	assert_string_equal(play->told, want);
	play_forget(play);
}

bool
play_told_any(struct roster_play *play, const char *want)
{
	bool was_told = strcmp(play->told, want) == 0;

	if (!was_told)
		assert_string_equal(play->told, "");
	play_forget(play);
	return was_told;
}

void
play_forget(struct roster_play *play)
{
	play->told[0] = '\0';
}
