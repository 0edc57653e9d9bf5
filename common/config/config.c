#include "common/config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/config/config_apply.h"

void
config_problems_fini(struct config_problems *problems)
{
	size_t i;

	for (i = 0; i < problems->count; i++) {
		free(problems->items[i].key);
		free(problems->items[i].reason);
	}
	*problems = (struct config_problems){ 0 };
}

char *
config_problems_first(const struct config_problems *problems)
{
	const struct config_problem *problem = problems->items;

	while (problem < problems->items + problems->count - 1 &&
	       problem->is_warning)
		problem++;
	if (problem->key[0] == '\0')
		return xasprintf("the configuration file: %s", problem->reason);
	return xasprintf("%s %s", problem->key, problem->reason);
}

void
config_problem_print(
    const struct config_problem *problem, const char *file, FILE *to)
{
	fprintf(to, "%s:", file != NULL ? file : "configuration");
	if (problem->line > 0)
		fprintf(to, "%u:", problem->line);
	if (problem->is_warning)
		fputs(" warning:", to);
	if (problem->key[0] != '\0')
		fprintf(to, " %s:", problem->key);
	fprintf(to, " %s\n", problem->reason);
}

void
config_fini(struct config *config)
{
	const struct config_key *key = config_keys;

	for (; key->key != NULL; key++) {
		if (key->flags & CONFIG_NO_EFFECT)
			continue;
		if (key->kind == CONFIG_TEXT)
			free(*(char **)config_member_of(config, key));
		if (key->kind == CONFIG_TEXTS)
			strings_free(config_member_of(config, key));
	}
	*config = (struct config){ 0 };
}

int
config_read(int dirfd, struct config_tree *ret_tree, struct config *ret,
    struct config_problems *problems)
{
	struct config_flaw flaw;

	*problems = (struct config_problems){ 0 };
	if (config_tree_read(dirfd, ret_tree, &flaw) < 0) {
		config_problem_add(
		    problems, false, flaw.line, "", "%s", flaw.reason);
		return -EINVAL;
	}
	return config_apply(ret_tree, ret, problems);
}

int
config_load(int dirfd, struct config *ret, const char **ret_file,
    struct config_problems *problems)
{
	struct config_tree tree;
	int rc = config_read(dirfd, &tree, ret, problems);

	*ret_file = tree.file;
	config_tree_fini(&tree);
	return rc;
}
