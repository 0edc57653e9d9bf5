#include "cli/commands/command.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"

enum { COMMAND_TYPO_MAX = 2 };

/* clang-format off */
const struct command commands[] = {
	{ "init", "DIR", 1, 1, COMMAND_LABEL | COMMAND_RENDEZVOUS,
	    "make a peer directory",
	    "Makes what is missing: goop.json, site/ with pages to start from,\n"
	    "schemas/ with the table of their guestbook, and data/identity.key,\n"
	    "the key that is this peer.\n"
	    "A rendezvous server needs no more than goop.json.\n"
	    "What exists is left as it is.\n",
	    command_init },
	{ "peer", "DIR", 1, 1, 0,
	    "run a peer in the foreground",
	    "Starts the daemons, watches them, and restarts one that dies.\n"
	    "Prints the address to open in a browser.\n"
	    "An empty directory is first filled as init does.\n"
	    "Ctrl-C stops in order within 5 seconds, a second one at once.\n",
	    command_peer },
	{ "rendezvous", "DIR", 1, 1, 0,
	    "run a rendezvous server in the foreground",
	    "Runs goop-rendezvousd alone, whatever the configuration says of\n"
	    "presence.rendezvous_host and presence.rendezvous_only, and\n"
	    "watches it as peer does.\n"
	    "Makes the directory, with a goop.json, where it is missing.\n"
	    "Prints the addresses to open in a browser.\n",
	    command_rendezvous },
	{ "id", "DIR", 1, 1, 0,
	    "print the peer id",
	    "Reads the key file; the peer need not run.\n",
	    command_id },
	{ "peers", "DIR", 1, 1, COMMAND_JSON,
	    "list who is out there",
	    "Asks the running peer whom it knows.\n",
	    command_peers },
	{ "fetch", "DIR PEER PATH", 3, 3, 0,
	    "write a file of a peer's site to standard output",
	    "PEER is a peer id, the beginning of one, or a label, as long as\n"
	    "only one known peer has it.\n"
	    "A directory gives its index.html.\n"
	    "A file that breaks off gives exit status 6.\n",
	    command_fetch },
	{ "status", "DIR", 1, 1, COMMAND_JSON,
	    "show each daemon",
	    "Shows state, pid, time since the start, restarts, memory\n"
	    "(proportional set size, children included), and the last exit.\n"
	    "With --json also every counter of every daemon.\n",
	    command_status },
	{ "restart", "DIR [DAEMON]", 1, 2, 0,
	    "restart one daemon or all",
	    "Returns when what was restarted is ready again, or tells why it\n"
	    "is not; the others keep running.\n"
	    "DAEMON is goopd, goop-discoveryd, goop-viewerd or\n"
	    "goop-rendezvousd.\n",
	    command_restart },
	{ "stop", "DIR", 1, 1, 0,
	    "stop a running peer or server",
	    "Returns when all of it has ended.\n",
	    command_stop },
	{ "sql", "DIR [STATEMENT]", 1, 2, COMMAND_JSON,
	    "look into the database",
	    "Opens data.db for reading, beside the running peer or without it,\n"
	    "and prints the rows of SQL statements as a table.\n"
	    "Without STATEMENT it reads them from standard input; on a terminal\n"
	    "it asks for them, and .help lists what else it knows.\n"
	    "Ctrl-C ends a long statement.\n"
	    "With --json each statement gives one array of objects; a BLOB is\n"
	    "an object with the member hex.\n",
	    command_data },
	{ "export", "DIR FILE", 2, 2, COMMAND_WITHOUT_KEY,
	    "put a whole peer into one zip file",
	    "The peer may run meanwhile: of data.db the file has one moment.\n"
	    "In it are the configuration, the site, schemas/, data.db and the\n"
	    "key; whoever has it can be this peer, so only you can read it.\n"
	    "A FILE that exists is not overwritten, and there is a whole one or\n"
	    "none.\n"
	    "Left out, and told: what is neither file nor folder, symbolic links\n"
	    "too, *.tmp, and names that are not text; empty folders, run/ and\n"
	    "cache/ are left out, too.\n"
	    "If files change while they are read it begins anew, three times at\n"
	    "most.\n",
	    command_data },
	{ "import", "DIR FILE", 2, 2, COMMAND_REPLACE,
	    "make a peer of what export wrote",
	    "DIR is new or empty.\n"
	    "Everything is checked before it is put in its place, whole or not\n"
	    "at all.\n"
	    "With --replace, DIR may be a peer that does not run; what was there\n"
	    "is kept as DIR.before-import.\n"
	    "Run a peer in one place only, not in two with the same key.\n",
	    command_data },
	{ "config", "DIR", 1, 1, COMMAND_JSON,
	    "show the configuration that is in effect",
	    "Checks the configuration file and shows each setting and where\n"
	    "its value comes from.\n"
	    "With --json, the member \"config\" is a whole goop.json.\n"
	    "Of passwords and other secrets it shows only whether they are set.\n",
	    command_config },
	{ "hash-password", "", 0, 0, 0,
	    "make a hash of a password",
	    "Asks for the password twice, or reads one line if standard input\n"
	    "is no terminal, and prints what presence.admin_password_hash\n"
	    "wants.\n",
	    command_hash_password },
	{ "needs", "DIR DAEMON", 2, 2, 0,
	    "tell whether a daemon is to run, for systemd",
	    "Exits with 0 if the configuration asks for the daemon, with 10 if\n"
	    "it does not.\n",
	    command_needs },
	{ 0 }
};

static const struct {
	enum command_option option;
	const char *name, *argument, *help;
} options[] = {
	{ COMMAND_LABEL, "label", "TEXT", "the name that others see" },
	{ COMMAND_RENDEZVOUS, "rendezvous", NULL, "make a rendezvous server, no peer" },
	{ COMMAND_JSON, "json", NULL, "print JSON, stable for programs" },
	{ COMMAND_WITHOUT_KEY, "without-key", NULL, "leave the key out: no one can be this peer by it" },
	{ COMMAND_REPLACE, "replace", NULL, "put it in the place of a peer that does not run" },
};
/* clang-format on */
enum { OPTIONS = ARRAY_SIZE(options) };

const struct command *
command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name != NULL; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

const struct command *
command_find_similar(const char *name)
{
	const struct command *command, *best = NULL;
	size_t distance, least = COMMAND_TYPO_MAX + 1;

	for (command = commands; command->name != NULL; command++) {
		distance = text_distance(name, command->name, COMMAND_TYPO_MAX);
		/* What has nothing in common is no slip of the finger. */
		if (distance < least && distance < strlen(name) &&
		    distance < strlen(command->name)) {
			least = distance;
			best = command;
		}
	}
	return best;
}

void
command_print_usage(const struct command *command, FILE *to)
{
	size_t i;

	fprintf(to, "goop2 %s%s%s", command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands);
	for (i = 0; i < OPTIONS; i++)
		if ((command->options & options[i].option) != 0)
			fprintf(to, " [--%s%s%s]", options[i].name,
			    options[i].argument != NULL ? " " : "",
			    options[i].argument != NULL ? options[i].argument
							: "");
	fputc('\n', to);
}

void
command_print_help(const struct command *command, FILE *to)
{
	char name[32];
	size_t i;

	fprintf(to, "usage: ");
	command_print_usage(command, to);
	fprintf(to, "\n%c%s.\n%s\n", command->summary[0] - 'a' + 'A',
	    command->summary + 1, command->help);
	for (i = 0; i < OPTIONS; i++) {
		if ((command->options & options[i].option) == 0)
			continue;
		snprintf(name, sizeof(name), "--%s %s", options[i].name,
		    options[i].argument != NULL ? options[i].argument : "");
		fprintf(to, "  %-14s %s\n", name, options[i].help);
	}
}

void
command_print_overview(FILE *to)
{
	const struct command *command;

	fprintf(to, "goop2: your own site, to and from the peers around you\n\n"
		    "usage: goop2 COMMAND ...\n\n");
	for (command = commands; command->name != NULL; command++)
		fprintf(to, "  %-13s %-15s %s\n", command->name,
		    command->operands, command->summary);
	fprintf(to, "\n  goop2 COMMAND --help   more about one command\n"
		    "  goop2 --version        the version\n"
		    "  man goop2              all of it, with every setting\n"
		    "\nTo begin: goop2 init DIR, then goop2 peer DIR\n");
}

/* "DIR [DAEMON]" as mdoc arguments. */
static void
command_print_man_operands(const struct command *command, FILE *to)
{
	const char *at = command->operands;
	size_t len;

	while (*at != '\0') {
		len = strcspn(at, " ");
		if (*at == '[')
			fprintf(to, " Oo Ar %.*s Oc", (int)len - 2, at + 1);
		else
			fprintf(to, " Ar %.*s", (int)len, at);
		at += len + (at[len] == ' ' ? 1 : 0);
	}
}

void
command_print_man(FILE *to)
{
	const struct command *command;
	size_t i;

	fprintf(to, ".Bl -tag -width Ds\n");
	for (command = commands; command->name != NULL; command++) {
		fprintf(to, ".It Xo\n.Cm %s", command->name);
		command_print_man_operands(command, to);
		for (i = 0; i < OPTIONS; i++)
			if ((command->options & options[i].option) != 0)
				fprintf(to, "\n.Op Fl -%s%s%s", options[i].name,
				    options[i].argument != NULL ? " Ar " : "",
				    options[i].argument != NULL
					? options[i].argument
					: "");
		fprintf(to, "\n.Xc\n%c%s.\n%s", command->summary[0] - 'a' + 'A',
		    command->summary + 1, command->help);
	}
	fprintf(to, ".El\n.Pp\nOptions:\n.Bl -tag -width Ds -compact\n");
	for (i = 0; i < OPTIONS; i++)
		fprintf(to, ".It Fl -%s%s%s\n%s\n", options[i].name,
		    options[i].argument != NULL ? " Ar " : "",
		    options[i].argument != NULL ? options[i].argument : "",
		    options[i].help);
	fprintf(to, ".El\n");
}
