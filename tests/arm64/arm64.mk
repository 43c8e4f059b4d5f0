# SPDX-License-Identifier: MIT
#
# The binary for arm64 and its tests, in an emulator. A chosen tenth of them; ARM64=all runs all.
# tests/arm64/not_emulated.txt names those that an emulator cannot run.
ARM64 ?= chosen
AR_OF_CC = $(eval AR_OF_CC := $(shell $(CC) -print-prog-name=ar))$(AR_OF_CC)
ARM64_O := $(O)-arm64
ARM64_CHOSEN := broker buf cache_entry http json_values jwt percent random server trust yaml_tree
ARM64_NOT_RUN := $(shell sed -n 's/^\(test_[a-z0-9_]*\) .*/\1/p' tests/arm64/not_emulated.txt)
ARM64_UNIT := $(filter-out $(ARM64_NOT_RUN),$(if $(filter all,$(ARM64)),\
	$(TESTS:tests/unit/%.c=%),$(ARM64_CHOSEN:%=test_%)))
test-arm64: setup-arm64 venv
	@$(MAKE) --no-print-directory CC=aarch64-linux-gnu-gcc O=$(ARM64_O) run-emulated \
		EMULATED_UNIT='$(ARM64_UNIT)'
	@O=$(ARM64_O) tests/arm64/unit.sh $(ARM64_UNIT)
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" PYTHONPATH=tests/arm64 ARM64='$(ARM64)' \
		BIN=$(abspath $(ARM64_O)/emulated/duplojit) BIN_FILE=$(abspath $(ARM64_O)/duplojit) \
		$(O)/venv/bin/python -m pytest -p selection $(PYTEST_ARGS) \
		$(if $(findstring tests/,$(PYTEST_ARGS)),,tests/e2e tests/compat)

run-emulated: $(O)/emulated/duplojit \
	$(TOOLS:$(O)/%=$(O)/emulated/%) $(EMULATED_UNIT:%=$(O)/target/%)

# emulated/NAME runs the program of the same name in the emulator.
HOST_CC ?= gcc
emulated = $(HOST_CC) -O2 -static -DPROGRAM='"$(abspath $<)"' -o $@ tests/arm64/emulated.c \
	-DEMULATOR="\"$$(command -v qemu-aarch64)\""
$(O)/emulated/duplojit: $(O)/duplojit tests/arm64/emulated.c
	$(Q)mkdir -p $(@D)
	$(Q)$(emulated)
$(O)/emulated/host/%: $(O)/target/% tests/arm64/emulated.c
	$(Q)mkdir -p $(@D)
	$(Q)$(emulated)

# The unit tests with the C library and the compiler of the binary: src/ without LTO, so that a test
# can replace a function, and the libraries as one object. Their code and data must be within 1 MB:
# the data of a test program comes after them.
UNIT_FLAGS = $(filter-out -flto -mcmodel=tiny,$(TARGET_FLAGS)) $(CFLAGS)
UNIT_OBJECTS := $(SOURCES:src/%.c=$(O)/target/obj/%.o) $(O)/target/obj/roots.o
UNIT_HELPERS := $(TEST_HELPERS:tests/unit/%.c=$(O)/target/unit/%.o)
UNIT_LINK = -static-pie -nostartfiles $(VENDOR)/sysroot/lib/rcrt1.o -Wl,--gc-sections \
	-Wl,-z,noexecstack

$(O)/target/obj/%.o: src/%.c $(VENDOR)/key $(O)/obj/flags
	$(note) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<

$(O)/target/obj/roots.o: $(VENDOR)/key src/net/roots.h $(O)/obj/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) -c -o $@ $(VENDOR)/roots.c

$(O)/target/libduplojit.a: $(UNIT_OBJECTS)
	$(Q)rm -f $@
	$(Q)$(AR_OF_CC) Drcs $@ $(UNIT_OBJECTS)

$(O)/target/libraries.o: $(VENDOR)/key
	$(note) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) -r -nostdlib -flto -flto-partition=one \
		-flinker-output=nolto-rel -o $@ -Wl,--whole-archive $(LIBRARIES)

$(O)/target/cmocka/cmocka.o: tests/arm64/cmocka.lock $(VENDOR)/key
	$(note) CC $@
	$(Q)env -u VENDOR_DIR vendor/fetch.sh $(@D) $<
	$(Q)tar -C $(@D) --strip-components=1 -xf $(@D)/cmocka_1.1.7.orig.tar.xz
	$(Q)$(TARGET_CC) $(filter-out $(WARNINGS),$(UNIT_FLAGS)) -w -DHAVE_UINTPTR_T -DHAVE_INTTYPES_H \
		-DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_TIME_H -DHAVE_CLOCK_REALTIME \
		-DHAVE_STRUCT_TIMESPEC -I$(@D)/include -c -o $@ $(@D)/src/cmocka.c

$(O)/target/unit/%.o: tests/unit/%.c $(TEST_HEADERS) $(O)/obj/flags $(O)/target/cmocka/cmocka.o
	$(note) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) -fno-data-sections -Itests/unit -I$(O)/target/cmocka/include \
		-DHAVE_UINTPTR_T -MMD -MP -c -o $@ $<
	$(Q)$(OBJCOPY) --rename-section .bss=.test_bss,alloc $@

$(O)/target/test_%: $(O)/target/unit/test_%.o $(UNIT_HELPERS) $(O)/target/libduplojit.a \
		$(O)/target/libraries.o
	$(note) LINK $@
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) $(UNIT_LINK) -o $@ $< $(TEST_LINK) \
		-Wl,--start-group $(UNIT_HELPERS) $(filter %.a %libraries.o,$^) -Wl,--end-group \
		$(O)/target/cmocka/cmocka.o
$(O)/target/test_out_of_memory: TEST_LINK := $(ALLOCATORS)

$(O)/target/%_tool: tests/e2e/%_tool.c $(O)/target/libduplojit.a $(O)/target/libraries.o
	$(note) CC $@
	$(Q)$(TARGET_CC) $(UNIT_FLAGS) $(UNIT_LINK) -o $@ $^

.PRECIOUS: $(O)/target/%_tool $(O)/target/unit/%.o
.PHONY: test-arm64 run-emulated
-include $(UNIT_OBJECTS:.o=.d) $(UNIT_HELPERS:.o=.d)
