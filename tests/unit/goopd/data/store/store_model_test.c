/*
 * store: thousands of random requests, each answered as a model of a few lines
 * says. Seeds are fixed; GOOP_SEED tries another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/data_stage.h"

enum { CALLERS = 4, STEPS = 4000, VALUES = 12, ANSWER_MAX = 1 << 20 };
enum { LOCAL, OWN, OPEN, LEVELS };
enum { READ, INSERT, UPDATE, DELETE, RIGHTS_ };

struct row {
	int owner, n;
	bool is_there;
	int deletion; /* which one took it */
};

struct model {
	struct data_stage *stage;
	struct row rows[STEPS + 2]; /* by _id */
	int count;
	int level[RIGHTS_];
	int deletions; /* entries of the trash */
	int undone;    /* the last of them was taken back */
	unsigned int seed;
	char *want;
};

static int
pick(struct model *model, int below)
{
	return rand_r(&model->seed) % below;
}

static const char *const refusals[RIGHTS_] = { "query", "insert", "update",
	"delete" };

/* Is the caller refused? Then want says so. */
static bool
is_refused(struct model *model, int caller, int right)
{
	int level = model->level[right];

	if (caller == 0 || level == OPEN || (level == OWN && right != INSERT))
		return false;
	snprintf(model->want, ANSWER_MAX, "forbidden: %s not allowed: %s",
	    refusals[right],
	    level == LOCAL ? "table is local-only"
			   : "this table only accepts data from the site "
			     "owner");
	return true;
}

static bool
reaches(const struct model *model, int caller, int right, const struct row *row)
{
	return row->is_there && (caller == 0 || model->level[right] == OPEN ||
				    row->owner == caller);
}

/* By a condition: only rows that may be read are told from others. */
static bool
reaches_by_condition(
    const struct model *model, int caller, int right, const struct row *row)
{
	if (caller != 0 && model->level[READ] != OPEN)
		return row->is_there && row->owner == caller;
	return reaches(model, caller, right, row);
}

static void
check(struct model *model, const char *asked, const char *got)
{
	if (strcmp(got, model->want) != 0)
		fail_msg(
		    "%s\n got  %.300s\n want %.300s", asked, got, model->want);
}

#define ASK(model, caller, ...) \
	do { \
		char asked_[512]; \
		snprintf(asked_, sizeof(asked_), __VA_ARGS__); \
		check(model, asked_, \
		    data_ask_as((model)->stage, caller, "%s", asked_)); \
	} while (0)

static void
step_insert(struct model *model, int caller)
{
	int n = pick(model, VALUES);

	if (!is_refused(model, caller, INSERT)) {
		model->rows[++model->count] =
		    (struct row){ caller, n, true, 0 };
		snprintf(model->want, ANSWER_MAX,
		    "{\"status\":\"inserted\",\"id\":%d}", model->count);
	}
	ASK(model, caller,
	    "{'op':'insert','table':'t','data':{'n':%d,'_owner':'z'}}", n);
}

static void
step_update(struct model *model, int caller)
{
	int id = 1 + pick(model, model->count + 1), n = pick(model, VALUES);
	struct row *row = &model->rows[id];

	if (is_refused(model, caller, UPDATE)) {
		;
	} else if (reaches(model, caller, UPDATE, row)) {
		row->n = n;
		strcpy(model->want, "{\"status\":\"updated\"}");
	} else {
		strcpy(model->want,
		    "not_found: row not found or not owned by caller");
	}
	ASK(model, caller,
	    "{'op':'update','table':'t','id':%d,'data':{'n':%d}}", id, n);
}

static void
take_out(struct model *model, struct row *row)
{
	row->is_there = false;
	row->deletion = model->deletions;
}

static void
step_delete(struct model *model, int caller)
{
	int id = 1 + pick(model, model->count + 1);
	struct row *row = &model->rows[id];

	if (is_refused(model, caller, DELETE)) {
		;
	} else if (reaches(model, caller, DELETE, row)) {
		model->deletions++;
		take_out(model, row);
		strcpy(model->want, "{\"status\":\"deleted\"}");
	} else {
		strcpy(model->want,
		    "not_found: row not found or not owned by caller");
	}
	ASK(model, caller, "{'op':'delete','table':'t','id':%d}", id);
}

static void
step_update_where(struct model *model, int caller)
{
	int from = pick(model, VALUES), to = pick(model, VALUES), count = 0, i;

	if (!is_refused(model, caller, UPDATE)) {
		for (i = 1; i <= model->count; i++)
			if (model->rows[i].n == from &&
			    reaches_by_condition(
				model, caller, UPDATE, &model->rows[i])) {
				model->rows[i].n = to;
				count++;
			}
		snprintf(model->want, ANSWER_MAX, "{\"affected\":%d}", count);
	}
	ASK(model, caller,
	    "{'op':'update-where','table':'t','where':'n = ?','args':[%d],"
	    "'data':{'n':%d}}",
	    from, to);
}

static void
step_delete_where(struct model *model, int caller)
{
	int from = pick(model, VALUES), count = 0, i;

	if (!is_refused(model, caller, DELETE)) {
		model->deletions++;
		for (i = 1; i <= model->count; i++)
			if (model->rows[i].n == from &&
			    reaches_by_condition(
				model, caller, DELETE, &model->rows[i])) {
				take_out(model, &model->rows[i]);
				count++;
			}
		if (count == 0)
			model->deletions--;
		snprintf(model->want, ANSWER_MAX, "{\"affected\":%d}", count);
	}
	ASK(model, caller, "{'op':'delete-where','table':'t','where':'n = %d'}",
	    from);
}

static void
step_upsert(struct model *model, int caller)
{
	int n = pick(model, VALUES), id = 0, i;
	bool may_update = caller == 0 || model->level[UPDATE] != LOCAL;

	for (i = 1; i <= model->count && id == 0; i++)
		if (model->rows[i].n == n &&
		    (may_update ? reaches_by_condition(
				      model, caller, UPDATE, &model->rows[i])
				: model->rows[i].is_there &&
				      model->rows[i].owner == caller))
			id = i;
	if (!(id > 0 ? is_refused(model, caller, UPDATE)
		     : is_refused(model, caller, INSERT))) {
		if (id == 0) {
			id = ++model->count;
			model->rows[id] = (struct row){ caller, n, true, 0 };
		}
		snprintf(model->want, ANSWER_MAX,
		    "{\"status\":\"ok\",\"id\":%d}", id);
	}
	ASK(model, caller,
	    "{'op':'upsert','table':'t','key_col':'n','data':{'n':%d}}", n);
}

static void
step_read(struct model *model, int caller)
{
	int from = pick(model, VALUES), i;
	size_t len = 0;

	if (!is_refused(model, caller, READ)) {
		len = (size_t)sprintf(model->want, "[");
		for (i = 1; i <= model->count; i++)
			if (model->rows[i].n >= from &&
			    reaches(model, caller, READ, &model->rows[i]))
				len += (size_t)sprintf(model->want + len,
				    "%s{\"_id\":%d,\"n\":%d}",
				    len > 1 ? "," : "", i, model->rows[i].n);
		strcpy(model->want + len, "]");
	}
	ASK(model, caller,
	    "{'op':'query','table':'t','columns':['_id','n'],"
	    "'where':'n >= ?','args':[%d],'order':'_id'}",
	    from);
}

static void
step_count(struct model *model, int caller)
{
	int from = pick(model, VALUES), count = 0, i;

	if (!is_refused(model, caller, READ)) {
		for (i = 1; i <= model->count; i++)
			count += model->rows[i].n == from &&
				 reaches(model, caller, READ, &model->rows[i]);
		snprintf(model->want, ANSWER_MAX, "{\"count\":%d}", count);
	}
	ASK(model, caller, "{'op':'count','table':'t','where':'n = %d'}", from);
}

static void
step_undo(struct model *model, int caller)
{
	int i;

	if (model->deletions == 0 || model->undone == model->deletions)
		return;
	if (caller != 0) {
		strcpy(model->want, "forbidden: schema operations not allowed "
				    "for remote peers");
	} else {
		for (i = 1; i <= model->count; i++)
			if (model->rows[i].deletion == model->deletions)
				model->rows[i].is_there = true,
				model->rows[i].deletion = 0;
		model->undone = model->deletions;
		strcpy(
		    model->want, "{\"status\":\"restored\",\"table\":\"t\"}");
	}
	i = caller == 0 ? (int)strtol(data_stage_value(model->stage,
					  "SELECT max(id) FROM _trash"),
			      NULL, 10)
			: 1;
	ASK(model, caller, "{'op':'undo','id':%d}", i);
}

static void
step_access(struct model *model, int caller)
{
	static const char *const words[] = { "local", "owner", "open" };
	static const char *const rights[] = { "read", "insert", "update",
		"delete" };
	int right = pick(model, RIGHTS_), level = pick(model, LEVELS);

	(void)caller;
	model->level[right] = level;
	strcpy(model->want, "{\"status\":\"updated\"}");
	ASK(model, 0, "{'op':'set-access','table':'t','access':{'%s':'%s'}}",
	    rights[right], words[level]);
}

static void
step_restart(struct model *model, int caller)
{
	(void)caller;
	if (pick(model, 4) == 0)
		data_stage_restart(model->stage);
}

static const struct {
	void (*run)(struct model *, int caller);
	int weight;
} steps[] = {
	{ step_insert, 30 },
	{ step_update, 10 },
	{ step_delete, 8 },
	{ step_update_where, 8 },
	{ step_delete_where, 4 },
	{ step_upsert, 10 },
	{ step_read, 10 },
	{ step_count, 10 },
	{ step_undo, 5 },
	{ step_access, 4 },
	{ step_restart, 1 },
};

static void
step(struct model *model)
{
	int all = 0, chosen;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		all += steps[i].weight;
	chosen = pick(model, all);
	for (i = 0; chosen >= steps[i].weight; i++)
		chosen -= steps[i].weight;
	steps[i].run(model, pick(model, CALLERS));
}

static void
play(struct data_stage *stage, unsigned int seed)
{
	static const int levels[RIGHTS_] = { OPEN, OPEN, OWN, OWN };
	struct model *model = xzalloc(sizeof(*model));
	int i;

	print_message("seed %u\n", seed);
	model->stage = stage;
	model->seed = seed;
	model->want = xzalloc(ANSWER_MAX);
	memcpy(model->level, levels, sizeof(levels));
	data_ask_as(stage, 0,
	    "{'op':'create-table','name':'t','column_defs':[{'name':'n',"
	    "'type':'INTEGER'}],'policy':'open'}");
	for (i = 0; i < STEPS; i++)
		step(model);
	free(model->want);
	free(model);
}

static void
answers_as_the_model_says(void **state)
{
	const char *wish = getenv("GOOP_SEED");

	play(*state, wish == NULL ? 1 : (unsigned int)strtoul(wish, NULL, 10));
}

static void
another_time(void **state)
{
	play(*state, 2);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_as_the_model_says),
		TEST(another_time),
	};

	log_open("store_model_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
