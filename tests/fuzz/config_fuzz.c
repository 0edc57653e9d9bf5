/*
 * goop.json and, behind a first byte 'y', goop.yaml. Whatever the file says,
 * the end is a configuration or problems; and what is printed loads back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/fault.h"
#include "common/config/config_apply.h"
#include "common/config/config_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
parse(const char *file, struct bytes bytes, struct config_tree *ret)
{
	struct config_flaw flaw = { 0, "" };
	int rc;

	*ret = (struct config_tree){ .file = file };
	rc = file[5] == 'y' ? config_tree_parse_yaml(ret, bytes, &flaw)
			    : config_tree_parse_json(ret, bytes, &flaw);
	if (rc < 0 && flaw.reason[0] == '\0')
		bug("no reason given");
	return rc;
}

static void
apply(const struct config_tree *tree)
{
	struct config_problems problems = { 0 };
	struct config config;
	char *text = NULL;
	size_t len, i;
	FILE *to = open_memstream(&text, &len);

	if (config_apply(tree, &config, &problems) == 0)
		config_fini(&config);
	else if (problems.errors == 0)
		bug("refused without an error");
	for (i = 0; i < problems.count; i++)
		config_problem_print(&problems.items[i], tree->file, to);
	config_problems_fini(&problems);
	fclose(to);
	free(text);
}

/* The second print is like the first; the first may round fractions. */
static void
print(const struct config_tree *tree)
{
	struct config_tree again;
	struct buffer first, second;

	buffer_init(&first, CONFIG_FILE_MAX);
	buffer_init(&second, CONFIG_FILE_MAX);
	if (config_tree_print(tree, &first) == 0) {
		if (parse(tree->file, buffer_bytes(&first), &again) < 0 ||
		    config_tree_print(&again, &second) < 0 ||
		    !bytes_equal(buffer_bytes(&first), buffer_bytes(&second)))
			bug("what is printed does not load back");
		config_tree_fini(&again);
	}
	buffer_fini(&first);
	buffer_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_yaml = size > 0 && data[0] == 'y';
	struct bytes bytes = { data + is_yaml, size - is_yaml };
	struct config_tree tree;

	if (parse(is_yaml ? "goop.yaml" : "goop.json", bytes, &tree) == 0) {
		apply(&tree);
		print(&tree);
	}
	config_tree_fini(&tree);
	return 0;
}
