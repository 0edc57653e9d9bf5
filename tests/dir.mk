# Unit tests lie as their subjects do: tests/unit/ROOM/X_test.c makes one
# program, $(O)/tests/X_test; tests/fuzz/X_fuzz.c makes one fuzz target.
UNIT_SOURCES := $(shell find tests/unit -name '*_test.c')
UNIT_TESTS := $(basename $(notdir $(UNIT_SOURCES)))
FUZZERS    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
archives = $(patsubst %,$(O)/lib%.a,$(1))
TEST_SUPPORT := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/unit/support/*.c))
-include $(TEST_SUPPORT:.o=.d)
$(O)/tests/libsupport.a: $(TEST_SUPPORT)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

# A unit test links the libraries, the program in whose folder it lies, and
# the programs that NEEDS_<test> names.
NEEDS_bus_typed_test := goopd goop-discoveryd goop-rendezvousd goop-relayd
NEEDS_data_handler_test := goopd
NEEDS_field_test := goop-viewerd goop2-data goopd
NEEDS_http_client_test := goop-discoveryd
programs_of = $(patsubst cli,goop2 goop2-data,$(filter cli $(PROGRAMS),$(word 3,$(subst /, ,$(1)))))

# unit_test_rule SOURCE,TEST
define unit_test_rule
$(O)/tests/$(2): $(call obj,$(1)) $(call archives,$(call programs_of,$(1)) $(NEEDS_$(2)))
-include $(patsubst %.c,$(O)/obj/%.d,$(1))
endef
$(foreach t,$(UNIT_SOURCES),$(eval $(call unit_test_rule,$(t),$(basename $(notdir $(t))))))
$(UNIT_TESTS:%=$(O)/tests/%): $(O)/tests/%: $(O)/tests/libsupport.a $(call archives,$(LIBRARIES))
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) $(LDFLAGS_USED) -o $@ $(filter %/$*.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lcmocka $(LDLIBS_ALL)

ALL_ARCHIVES := $(call archives,$(PROGRAMS) $(LIBRARIES))
$(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $(ALL_ARCHIVES)
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) -fsanitize=fuzzer $(LDFLAGS_USED) -o $@ $< \
		-Wl,--start-group $(ALL_ARCHIVES) -Wl,--end-group $(LDLIBS_ALL)

.PHONY: test fuzz-build unit-build
unit-build: $(UNIT_TESTS:%=$(O)/tests/%)
test:
	$(Q)$(MAKE) --no-print-directory VARIANT=asan $(BUILD)/asan/tests/$(T)_test
	$(Q)$(BUILD)/asan/tests/$(T)_test
fuzz-build: $(FUZZERS:%=$(BUILD)/fuzz/bin/%)

# --- programs that benchmarks and scenarios use: tests/bench/X.c makes one
BENCH_TOOLS := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c))
$(O)/bench/%: $(O)/obj/tests/bench/%.o $(ALL_ARCHIVES)
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) $(LDFLAGS_USED) -o $@ $< \
		-Wl,--start-group $(ALL_ARCHIVES) -Wl,--end-group $(LDLIBS_ALL)
.PHONY: bench-tools
bench-tools: $(BENCH_TOOLS)
-include $(wildcard $(O)/obj/tests/*/*.d)
