# What a user does with the whole: packages, a demo peer, installing.
DAEMONS := $(filter-out goop2,$(PROGRAMS))

.PHONY: deps deps-check run install uninstall man
deps:
	$(Q)scripts/install-deps
deps-check:
	$(Q)scripts/install-deps check

# A make of its own: the first may have begun before the libraries were there.
run: deps
	$(Q)$(MAKE) --no-print-directory -s all
	$(Q)test -e peers/demo || ./goop2 init peers/demo
	$(Q)exec ./goop2 peer peers/demo

# Where systemd, bash and desktops look below a prefix.
UNITDIR ?= $(PREFIX)/lib/systemd/system
USERUNITDIR ?= $(PREFIX)/lib/systemd/user
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
APPLICATIONDIR ?= $(PREFIX)/share/applications

# Units are filled in: paths, and what several have in common.
UNITS := $(wildcard systemd/system/*.in systemd/user/*.in systemd/desktop/*.in)
UNIT_PARTS := hardening lifetime service
FILL := $(foreach p,$(UNIT_PARTS),-e '/@$(shell echo $(p) | tr a-z A-Z)@/{r systemd/$(p).conf' -e 'd}') \
	-e 's|@BINDIR@|$(BINDIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g'
UNITS_FILLED := $(UNITS:systemd/%.in=$(BUILD)/gen/systemd/%)
# Always anew: another PREFIX is another text.
$(BUILD)/gen/systemd/%: systemd/%.in $(UNIT_PARTS:%=systemd/%.conf) FORCE
	@mkdir -p $(@D)
	$(Q)sed $(FILL) $< >$@
.PHONY: FORCE

install: programs $(UNITS_FILLED)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(USERUNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
		$(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(COMPLETIONDIR) \
		$(DESTDIR)$(APPLICATIONDIR)
	install -m 755 $(O)/bin/goop2 $(DESTDIR)$(BINDIR)/goop2
	install -m 755 $(DAEMONS:%=$(O)/bin/%) systemd/desktop/goop2-desktop \
		$(DESTDIR)$(LIBEXECDIR)
	install -m 644 docs/goop2.1 $(DESTDIR)$(MANDIR)/man1/goop2.1
	install -m 644 $(filter $(BUILD)/gen/systemd/system/%,$(UNITS_FILLED)) \
		$(DESTDIR)$(UNITDIR)
	install -m 644 $(filter $(BUILD)/gen/systemd/user/%,$(UNITS_FILLED)) \
		$(DESTDIR)$(USERUNITDIR)
	install -m 644 $(BUILD)/gen/systemd/desktop/goop2.desktop \
		$(DESTDIR)$(APPLICATIONDIR)
	install -m 644 systemd/goop2.sysusers $(DESTDIR)$(SYSUSERSDIR)/goop2.conf
	install -m 644 systemd/goop2.tmpfiles $(DESTDIR)$(TMPFILESDIR)/goop2.conf
	install -m 644 systemd/desktop/goop2.bash $(DESTDIR)$(COMPLETIONDIR)/goop2
	@test -n "$(DESTDIR)" || echo 'For the units of the system, as root:' \
		'systemd-sysusers && systemd-tmpfiles --create &&' \
		'systemctl daemon-reload'
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/goop2 $(DESTDIR)$(MANDIR)/man1/goop2.1 \
		$(DESTDIR)$(APPLICATIONDIR)/goop2.desktop \
		$(DESTDIR)$(SYSUSERSDIR)/goop2.conf \
		$(DESTDIR)$(TMPFILESDIR)/goop2.conf \
		$(DESTDIR)$(COMPLETIONDIR)/goop2 \
		$(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(basename $(wildcard systemd/system/*.in)))) \
		$(addprefix $(DESTDIR)$(USERUNITDIR)/,$(notdir $(basename $(wildcard systemd/user/*.in))))
	rm -rf $(DESTDIR)$(LIBEXECDIR)

# The tables of the manual page anew, after a command or a setting changed.
man: $(O)/bin/goop2
	$(Q)scripts/update-man $(O)/bin/goop2 docs/goop2.1
