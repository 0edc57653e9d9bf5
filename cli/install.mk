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

install: programs
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) \
		$(DESTDIR)$(MANDIR)/man1
	install -m 755 $(O)/bin/goop2 $(DESTDIR)$(BINDIR)/goop2
	install -m 755 $(DAEMONS:%=$(O)/bin/%) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 docs/goop2.1 $(DESTDIR)$(MANDIR)/man1/goop2.1
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/goop2 $(DESTDIR)$(MANDIR)/man1/goop2.1
	rm -rf $(DESTDIR)$(LIBEXECDIR)

# The tables of the manual page anew, after a command or a setting changed.
man: $(O)/bin/goop2
	$(Q)scripts/update-man $(O)/bin/goop2 docs/goop2.1
