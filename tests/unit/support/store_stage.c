#include "tests/unit/support/store_stage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glob.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

static void
on_line(const struct log_line *line, void *arg)
{
	struct stage *stage = arg;

	stage->errors += line->level == LOG_LEVEL_ERROR;
}

void
stage_load(struct stage *stage)
{
	struct roster_play *play = stage->play;

	assert_int_equal(roster_store_open(stage->path, play->roster, play->now,
			     play->clock_ms, &stage->store),
	    0);
}

int
stage_begin(void **state)
{
	struct stage *stage = xzalloc(sizeof(*stage));

	strcpy(stage->directory, "/tmp/goop-roster-XXXXXX");
	assert_non_null(mkdtemp(stage->directory));
	snprintf(stage->path, sizeof(stage->path), "%s/data/peers.db",
	    stage->directory);
	play_begin((void **)&stage->play);
	log_set_sink(on_line, stage);
	*state = stage;
	return 0;
}

void
stage_remove_all(const char *pattern)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
}

int
stage_end(void **state)
{
	struct stage *stage = *state;
	char path[160];

	log_set_sink(NULL, NULL);
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	play_end((void **)&stage->play);
	snprintf(path, sizeof(path), "%s/data/*", stage->directory);
	stage_remove_all(path);
	snprintf(path, sizeof(path), "%s/data", stage->directory);
	rmdir(path);
	rmdir(stage->directory);
	free(stage);
	return 0;
}

void
stage_save(struct stage *stage)
{
	play_wait(stage->play, 1000);
	roster_store_save(
	    stage->store, stage->play->roster, stage->play->clock_ms);
}

void
stage_open_again(struct stage *stage, int64_t after_ms)
{
	int64_t clock_ms = stage->play->clock_ms;

	play_end((void **)&stage->play);
	play_begin((void **)&stage->play);
	stage->play->clock_ms = clock_ms + after_ms;
	stage_load(stage);
}

/* A clean stop, and the next start so much later. */
void
stage_restart(struct stage *stage, int64_t after_ms)
{
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	stage_open_again(stage, after_ms);
}

static void
copy_file(const char *from, const char *to)
{
	uint8_t *bytes;
	size_t len;

	if (file_read(AT_FDCWD, from, 1 << 24, &bytes, &len) < 0)
		return;
	assert_int_equal(
	    file_replace(AT_FDCWD, to, (struct bytes){ bytes, len }, 0600), 0);
	free(bytes);
}

/* What is on disk when a process is gone: its files as they are. */
void
stage_kill_and_restart(struct stage *stage)
{
	char killed[160], from[192], to[192];

	snprintf(killed, sizeof(killed), "%s/data/killed%" PRId64,
	    stage->directory, stage->play->clock_ms);
	copy_file(stage->path, killed);
	snprintf(from, sizeof(from), "%s-wal", stage->path);
	snprintf(to, sizeof(to), "%s-wal", killed);
	copy_file(from, to);
	roster_store_close(
	    stage->store, stage->play->roster, stage->play->clock_ms);
	strcpy(stage->path, killed);
	stage_open_again(stage, 1);
}
