/* Feeds: chunks, readers, and what is left when they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/buffer.h"
#include "goop-rendezvousd/hub/broadcast_log.h"

static void
append(struct broadcast_log *feed, const char *text, uint32_t messages)
{
	broadcast_log_append(feed, chunk_new(bytes_of(text), messages));
}

/* All that is there for the reader, read in steps of so many bytes. */
static void
read_all(struct broadcast_log_cursor *cursor, size_t step, struct buffer *to,
    uint32_t *messages)
{
	struct iovec piece;

	while (broadcast_log_cursor_iov(cursor, &piece, 1) == 1) {
		size_t n = piece.iov_len < step ? piece.iov_len : step;

		assert_int_equal(
		    buffer_append(to, (struct bytes){ piece.iov_base, n }), 0);
		*messages += broadcast_log_cursor_advance(cursor, n);
	}
}

static void
test_every_reader_reads_the_same(void **state)
{
	struct broadcast_log_cursor cursor;
	struct buffer text;
	struct broadcast_log feed;
	uint32_t messages;
	size_t step;

	(void)state;
	for (step = 1; step < 20; step++) {
		messages = 0;
		buffer_init(&text, 100);
		broadcast_log_init(&feed);
		append(&feed, "before", 1);
		broadcast_log_cursor_init(&cursor, &feed);
		assert_int_equal(broadcast_log_cursor_lag(&cursor, &feed), 0);
		append(&feed, "one", 1);
		append(&feed, "", 0);
		append(&feed, "two three", 2);
		assert_int_equal(broadcast_log_cursor_lag(&cursor, &feed), 12);
		read_all(&cursor, step, &text, &messages);
		assert_true(
		    bytes_equal(buffer_bytes(&text), bytes_of("onetwo three")));
		assert_int_equal(messages, 3);
		assert_int_equal(broadcast_log_cursor_lag(&cursor, &feed), 0);
		/* Who has read all holds the newest alone. */
		assert_ptr_equal(cursor.chunk, feed.newest);
		assert_int_equal(feed.newest->refs, 2);
		broadcast_log_cursor_fini(&cursor);
		broadcast_log_fini(&feed);
		buffer_fini(&text);
	}
}

static void
test_between_messages(void **state)
{
	struct broadcast_log_cursor cursor;
	struct broadcast_log feed;

	(void)state;
	broadcast_log_init(&feed);
	broadcast_log_cursor_init(&cursor, &feed);
	assert_true(broadcast_log_cursor_is_between(&cursor));
	append(&feed, "abc", 1);
	append(&feed, "def", 1);
	assert_true(broadcast_log_cursor_is_between(&cursor));
	assert_int_equal(broadcast_log_cursor_advance(&cursor, 1), 0);
	assert_false(broadcast_log_cursor_is_between(&cursor));
	assert_int_equal(broadcast_log_cursor_advance(&cursor, 2), 1);
	assert_true(broadcast_log_cursor_is_between(&cursor));
	assert_int_equal(broadcast_log_cursor_advance(&cursor, 1), 0);
	assert_false(broadcast_log_cursor_is_between(&cursor));
	broadcast_log_cursor_fini(&cursor);
	broadcast_log_fini(&feed);
}

static void
test_many_pieces(void **state)
{
	struct broadcast_log_cursor cursor;
	struct iovec pieces[3];
	struct broadcast_log feed;

	(void)state;
	broadcast_log_init(&feed);
	broadcast_log_cursor_init(&cursor, &feed);
	append(&feed, "a", 1);
	append(&feed, "bc", 1);
	append(&feed, "def", 1);
	append(&feed, "ghij", 1);
	(void)broadcast_log_cursor_advance(&cursor, 2);
	assert_int_equal(broadcast_log_cursor_iov(&cursor, pieces, 3), 3);
	assert_memory_equal(pieces[0].iov_base, "c", 1);
	assert_int_equal(pieces[0].iov_len, 1);
	assert_int_equal(pieces[1].iov_len, 3);
	assert_int_equal(pieces[2].iov_len, 4);
	assert_int_equal(broadcast_log_cursor_iov(&cursor, pieces, 2), 2);
	broadcast_log_cursor_fini(&cursor);
	broadcast_log_fini(&feed);
}

/* A slow reader holds what it has not read, and frees it when it goes, also
 * after the feed: the leak checker looks. A long list is no deep recursion. */
static void
test_a_slow_reader_outlives_the_feed(void **state)
{
	struct broadcast_log_cursor slow, fast;
	struct broadcast_log feed;
	int i;

	(void)state;
	broadcast_log_init(&feed);
	broadcast_log_cursor_init(&slow, &feed);
	broadcast_log_cursor_init(&fast, &feed);
	for (i = 0; i < 200000; i++) {
		append(&feed, "x", 1);
		(void)broadcast_log_cursor_advance(&fast, 1);
	}
	assert_int_equal(broadcast_log_cursor_lag(&slow, &feed), 200000);
	broadcast_log_fini(&feed);
	broadcast_log_cursor_fini(&fast);
	broadcast_log_cursor_fini(&slow);
	broadcast_log_cursor_fini(&slow);
	assert_true(broadcast_log_cursor_is_between(&slow));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reader_reads_the_same),
		cmocka_unit_test(test_between_messages),
		cmocka_unit_test(test_many_pieces),
		cmocka_unit_test(test_a_slow_reader_outlives_the_feed),
	};

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
