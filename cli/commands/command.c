#include "cli/commands/command.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"

enum { COMMAND_TYPO_MAX = 2 };

/* clang-format off */
const struct command commands[] = {
	{ "init", "DIR", 1, 1, COMMAND_LABEL | COMMAND_RENDEZVOUS,
	    "create a peer directory",
	    "Creates what is missing: goop.json, site/ with pages to start from,\n"
	    "schemas/ with the table of their guestbook, and data/identity.key,\n"
	    "the key that identifies the peer.\n"
	    "A rendezvous server needs only goop.json.\n"
	    "What exists is left as it is.\n",
	    command_init },
	{ "peer", "DIR", 1, 1, 0,
	    "run a peer in the foreground",
	    "Starts the daemons, watches them, and restarts one that dies.\n"
	    "Prints the address to open in a browser.\n"
	    "An empty directory is filled first, as by init.\n"
	    "Ctrl-C stops the daemons in order, within 5 seconds; a second\n"
	    "Ctrl-C stops them at once.\n",
	    command_peer },
	{ "rendezvous", "DIR", 1, 1, 0,
	    "run a rendezvous server in the foreground",
	    "Runs goop-rendezvousd, and goop-relayd if presence.relay_port is set,\n"
	    "whatever presence.rendezvous_host and presence.rendezvous_only are,\n"
	    "and watches them as peer does.\n"
	    "Creates the directory, with a goop.json, if it is missing.\n"
	    "Prints the addresses to open in a browser.\n",
	    command_rendezvous },
	{ "id", "DIR", 1, 1, 0,
	    "print the peer id",
	    "Reads the key file; the peer need not be running.\n",
	    command_id },
	{ "peers", "DIR", 1, 1, COMMAND_JSON,
	    "list the known peers",
	    "Asks the running peer which other peers it knows.\n",
	    command_peers },
	{ "join", "DIR URL", 2, 2, 0,
	    "join a rendezvous server",
	    "There the peer meets others that are not on its network.\n"
	    "URL is the server's address, such as https://goop.example.org or\n"
	    "only the name of the host, or an invitation of another peer,\n"
	    "https://goop.example.org/join#...\n"
	    "A running peer tries the server first and uses it from now on;\n"
	    "else the setting presence.rendezvous_wan is saved untried.\n"
	    "One server is used at a time: another one is left.\n",
	    command_join },
	{ "leave", "DIR [URL]", 1, 2, 0,
	    "leave the rendezvous server",
	    "A running peer says goodbye there at once. With URL, only if that\n"
	    "is the server.\n",
	    command_leave },
	{ "fetch", "DIR PEER PATH", 3, 3, 0,
	    "write a file of a peer's site to standard output",
	    "PEER is a peer id, the beginning of one, or a label that only one\n"
	    "known peer has.\n"
	    "For a directory, its index.html is written.\n"
	    "If the transfer breaks off, the exit status is 6.\n",
	    command_fetch },
	{ "status", "DIR", 1, 1, COMMAND_JSON,
	    "show the daemons",
	    "Shows state, pid, time since the start, restarts, memory\n"
	    "(proportional set size, children included), and the last exit.\n"
	    "With --json also every counter of every daemon.\n",
	    command_status },
	{ "restart", "DIR [DAEMON]", 1, 2, 0,
	    "restart one daemon or all",
	    "Returns when the restarted daemons are ready again, or says why\n"
	    "they are not; the others keep running.\n"
	    "DAEMON is goopd, goop-discoveryd, goop-viewerd or\n"
	    "goop-rendezvousd.\n",
	    command_restart },
	{ "stop", "DIR", 1, 1, 0,
	    "stop a running peer or server",
	    "Returns when all daemons have ended.\n",
	    command_stop },
	{ "sql", "DIR [STATEMENT]", 1, 2, COMMAND_JSON,
	    "query the database",
	    "Opens data.db for reading, whether or not the peer is running, and\n"
	    "prints the rows of SQL statements as a table.\n"
	    "Without STATEMENT it reads statements from standard input; on a\n"
	    "terminal it prompts for them, and .help lists its own commands.\n"
	    "Ctrl-C interrupts a long statement.\n"
	    "With --json each statement gives one array of objects; a BLOB is\n"
	    "an object with the member hex.\n",
	    command_data },
	{ "export", "DIR FILE", 2, 2, COMMAND_WITHOUT_KEY,
	    "export a whole peer into one zip file",
	    "The peer may be running: data.db is exported as of one moment.\n"
	    "The file contains the configuration, the site, schemas/, data.db\n"
	    "and the key. Anyone who has it can act as this peer, so only you\n"
	    "can read it.\n"
	    "An existing FILE is not overwritten, and FILE appears only when it\n"
	    "is complete.\n"
	    "Left out, with a message, is what is neither file nor folder,\n"
	    "symbolic links too, *.tmp, and names that are not text. Empty\n"
	    "folders, run/ and cache/ are left out, too.\n"
	    "If files change while they are read, it starts again, at most\n"
	    "three times.\n",
	    command_data },
	{ "import", "DIR FILE", 2, 2, COMMAND_REPLACE,
	    "create a peer from an export",
	    "DIR is new or empty.\n"
	    "Everything is checked before it is put in its place, whole or not\n"
	    "at all.\n"
	    "With --replace, DIR may be a peer that is not running; it is kept\n"
	    "as DIR.before-import.\n"
	    "Run a peer in one place only, not in two with the same key.\n",
	    command_data },
	{ "config", "DIR", 1, 1, COMMAND_JSON,
	    "show the configuration in effect",
	    "Checks the configuration file and shows each setting and where\n"
	    "its value comes from.\n"
	    "With --json, the member \"config\" is a whole goop.json.\n"
	    "Of passwords and other secrets it shows only whether they are set.\n",
	    command_config },
	{ "hash-password", "", 0, 0, 0,
	    "hash a password",
	    "Asks for the password twice, or reads one line if standard input\n"
	    "is not a terminal, and prints the value for\n"
	    "presence.admin_password_hash.\n",
	    command_hash_password },
	{ "needs", "DIR DAEMON [rendezvous]", 2, 3, 0,
	    "say whether a daemon should run, for systemd",
	    "Exits with 0 if the configuration enables the daemon, with 10 if\n"
	    "it does not; with the word rendezvous: if goop2 rendezvous runs it.\n",
	    command_needs },
	{ 0 }
};

static const struct {
	enum command_option option;
	const char *name, *argument, *help;
} options[] = {
	{ COMMAND_LABEL, "label", "TEXT", "the name that other peers see" },
	{ COMMAND_RENDEZVOUS, "rendezvous", NULL, "create a rendezvous server instead of a peer" },
	{ COMMAND_JSON, "json", NULL, "print JSON, stable for programs" },
	{ COMMAND_WITHOUT_KEY, "without-key", NULL, "leave out the key that identifies the peer" },
	{ COMMAND_REPLACE, "replace", NULL, "replace a peer that is not running" },
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
		/* A name with no letter in common is not a typo. */
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

	fprintf(to,
	    "goop2: serve your own site and visit those of other peers\n\n"
	    "usage: goop2 COMMAND ...\n\n");
	for (command = commands; command->name != NULL; command++)
		fprintf(to, "  %-13s %-15s %s\n", command->name,
		    command->operands, command->summary);
	fprintf(to, "\n  goop2 COMMAND --help   more about one command\n"
		    "  goop2 --version        the version\n"
		    "  man goop2              the manual, with every setting\n"
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
