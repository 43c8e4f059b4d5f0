# SPDX-License-Identifier: MIT
#
#   make          build/duplojit and build/duplojit.debug
#   make test     unit tests and end-to-end tests        make demo   shows the main job
#   make test-sdk the AWS SDKs and the AWS CLI with it   make format, install, clean
#   make test-k8s kubectl and a real API server with it   make lint   style and static analysis
#   make test-examples   queries and output formats, with 10,000 generated examples for each test
#   make test-faults   each system call fails, each answer ends early; FAULTS=all: no sample
#   make chaos    clients of serve while everything fails at random; CHAOS_S=SECONDS, CHAOS_SEED=N
#   make bench    times, memory and requests beside curl, duploctl and others; a minute
#   make benchmarks   the same from many runs, and writes docs/benchmarks.md; ten minutes
#   make fuzz     runs each fuzz target for 60 seconds; FUZZ_S=SECONDS, FUZZ=NAME,
#                 FUZZ_SEED=N for the same inputs again
#   make docs     docs/environment.md, docs/first-success.svg, words of docs/benchmarks.md and the
#                 numbers in README.md
#   make coverage lines of src/ that the tests run
#   make man completions   build/man/*.1 and build/completions/, written by the program
#   make vendor   only the libraries                     make vendor-bundle   their sources as a tar
#   make dist     the files of a release, in build/dist  make test-dist   tests them
#                 ARCHES="amd64 arm64" names the architectures
#
#   make check-reproducible   two builds in different environments give the same bytes
#   make test-arm64           tests of the binary for arm64 in an emulator; ARM64=all: all of them
#
# CC=aarch64-linux-gnu-gcc O=build-arm64 builds for arm64.
# O=DIR builds in another folder, V=1 shows the commands, VENDOR_DIR=PATH builds from local sources
# (a folder or the bundle) without network. CC, CFLAGS, LDFLAGS, DESTDIR and PREFIX have their usual
# meaning.

VERSION = 1.0.0

O ?= build
PREFIX ?= /usr/local
CFLAGS ?= -Oz -g
ifeq ($(origin CC),default)
CC = gcc
endif
Q = $(if $(V),,@)
note = $(if $(V),@:,@printf '  %-6s %s\n')

ifneq ($(words $(CURDIR)$(O)),1)
$(error make cannot build in a folder with a blank in its name: $(CURDIR), O=$(O))
endif

export LC_ALL = C
export CC
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN)
endif

VENDOR := $(O)/vendor
TARGET_CC := REALGCC='$(CC)' $(VENDOR)/sysroot/bin/musl-gcc
# On arm64: the program is smaller than 1 MB, so one instruction computes an address instead of two.
ifneq ($(filter aarch64-%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
ARCH_FLAGS := -mcmodel=tiny
ARCH_LINK := -Wl,-z,max-page-size=4096 -Wl,-T,vendor/arm64.ld
PACK := vendor/relr.sh
else
ARCH_LINK := -Wl,-z,pack-relative-relocs
endif
OBJCOPY = $(eval OBJCOPY := $(shell $(CC) -print-prog-name=objcopy))$(OBJCOPY)

SOURCES := $(sort $(wildcard src/*/*.c src/*/*/*.c))

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla
# mbedTLS's structures depend on its configuration: every file must see the same header.
COMMON := -std=c11 -D_GNU_SOURCE $(WARNINGS) -Isrc -isystem $(VENDOR)/include \
	-DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>' -DDUPLOJIT_VERSION='"$(VERSION)"' \
	-ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(abspath $(O))=build \
	-ffile-prefix-map=$(patsubst $(CURDIR)/%,%,$(abspath $(O)))/=build/
TARGET_FLAGS := $(COMMON) -fPIE -ffunction-sections -fdata-sections \
	-fstack-protector-strong -fno-asynchronous-unwind-tables -fno-unwind-tables $(ARCH_FLAGS)
# A static-PIE has thousands of relative relocations; packed they take 240 bytes instead of 20 KB.
# The linker packs them, but on arm64 only since binutils 2.43, so vendor/relr.sh does it there.
# The only start file that musl needs is rcrt1.o; the compiler adds others for C++.
# LTO in one partition makes 3 KB less code than in parallel, in the same time on two cores. The
# files of a cached run are compiled without it: it would give up their order, and 60 KB of peak
# memory. base/process.c wraps how libc gets memory.
LINK_FLAGS := -static-pie -nostartfiles -flto -flto-partition=one -Wl,--gc-sections \
	-Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-O2 -Wl,--build-id=none \
	-Wl,--wrap=__mmap,--wrap=mprotect,--wrap=__mprotect \
	$(ARCH_LINK)

# The sources that a cached run executes. They are linked first, side by side: the kernel maps 64 KB
# around each page that a process touches. In the default order a cached run has 620 KB of memory
# instead of 310 KB and takes 8 % longer.
CACHED_RUN := main.c base/*.c cli/*.c session/*.c broker/*.c cmd/aws*.c portal/client.c \
	portal/scope.c aws/credentials.c aws/format.c net/url.c cmd/k8s.c kube/exec_credential.c \
	kube/kube_access.c
$(foreach name,$(CACHED_RUN),$(if $(wildcard src/$(name)),,\
	$(error CACHED_RUN in the Makefile names src/$(name), which does not exist)))

OBJECTS := $(SOURCES:src/%.c=$(O)/obj/%.o)
FIRST := $(patsubst src/%.c,$(O)/obj/%.o,$(wildcard $(CACHED_RUN:%=src/%)))
LIBRARIES := $(VENDOR)/lib/libcurl.a $(VENDOR)/lib/libmbedtls.a $(VENDOR)/lib/libmicrohttpd.a \
	$(VENDOR)/lib/libyaml.a
# libmbedtls.a and libc.a come early for what CACHED_RUN calls in them: SHA-256 and most of libc.
LINK_ORDER := $(VENDOR)/sysroot/lib/rcrt1.o $(FIRST) $(VENDOR)/lib/libmbedtls.a \
	$(VENDOR)/sysroot/lib/libc.a $(filter-out $(FIRST),$(OBJECTS)) \
	-Wl,--start-group $(LIBRARIES) -Wl,--end-group $(O)/obj/roots.o

all: $(O)/duplojit

$(O)/duplojit: $(O)/obj/main.o $(OBJECTS) $(O)/obj/roots.o Makefile vendor/arm64.ld vendor/relr.sh
	$(note) LINK $@
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) $(CFLAGS) $(LINK_FLAGS) $(LDFLAGS) -o $@.full $(LINK_ORDER)
	$(if $(PACK),$(Q)$(PACK) $@.full)
	$(Q)$(OBJCOPY) --only-keep-debug $@.full $@.debug
	$(Q)$(OBJCOPY) --strip-all --remove-section=.comment --add-gnu-debuglink=$@.debug $@.full $@
	$(Q)rm $@.full

$(filter-out $(FIRST),$(OBJECTS)): private TARGET_FLAGS += -flto

$(O)/obj/%.o: src/%.c $(VENDOR)/key $(O)/obj/flags
	$(note) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/obj/roots.o: $(VENDOR)/key src/net/roots.h $(O)/obj/flags
	$(note) CC roots.c
	$(Q)mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_FLAGS) $(CFLAGS) -c -o $@ $(VENDOR)/roots.c

# Holds the compiler and its flags. The file changes only when they do.
$(O)/obj/flags $(O)/host/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(subst ','\'',$(CC) $(TARGET_FLAGS) $(CFLAGS) $(HOST_FLAGS))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(CC) $(TARGET_FLAGS) $(CFLAGS) $(HOST_FLAGS))' >$@

# The libraries. build.sh compares a hash to see if they are up to date; the key file changes only
# when they are built again.
VENDOR_INPUTS := vendor/lock vendor/fetch.sh vendor/build.sh vendor/roots.sh \
	vendor/mbedtls_config.h $(sort $(wildcard vendor/patches/*.patch))

# Holds the compiler of the libraries. The file changes only when CC does.
$(VENDOR)/compiler: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(CC)' | cmp -s - $@ || echo '$(CC)' >$@

$(VENDOR)/checked: $(VENDOR_INPUTS) $(VENDOR)/compiler | setup-build
	$(Q)vendor/build.sh $(VENDOR)
	$(Q)touch $@
$(VENDOR)/key: $(VENDOR)/checked ;

vendor: $(VENDOR)/key

vendor-bundle: | setup-build
	$(Q)VENDOR_STRICT=1 vendor/fetch.sh $(VENDOR)/src
	$(Q)tar -C $(VENDOR)/src --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
		-cf $(O)/duplojit-vendor-sources.tar $$(awk '{ print $$2 }' $(VENDOR)/src/SOURCES | sort)
	@echo "$(O)/duplojit-vendor-sources.tar: build with VENDOR_DIR=PATH/duplojit-vendor-sources.tar"

# Two builds in different environments, the second without network, give the same bytes. REUSE=yes:
# the first is what this build folder has, which saves half of the time.
check-reproducible: setup-dist setup-reproducible vendor-bundle
	@O=$(O) REUSE='$(REUSE)' nice tests/reproducible.sh

setup-%:
	$(Q)vendor/setup.sh $*

# Unit tests: the same sources, compiled for this machine's C library with sanitizers.
HOST_FLAGS := $(COMMON) -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
HOST_OBJECTS := $(SOURCES:src/%.c=$(O)/host/obj/%.o) $(O)/host/obj/roots.o
TESTS := $(sort $(wildcard tests/unit/test_*.c))
TEST_HELPERS := $(filter-out $(TESTS),$(sort $(wildcard tests/unit/*.c)))
TEST_HEADERS := $(sort $(wildcard tests/unit/*.h))
TEST_PROGRAMS := $(TESTS:tests/unit/%.c=$(O)/host/%)
HOST_LIBRARIES := $(O)/host/libduplojit.a $(VENDOR)/host/libcurl.a $(VENDOR)/host/libmbedtls.a \
	$(VENDOR)/host/libmicrohttpd.a $(VENDOR)/host/libyaml.a

$(VENDOR)/host/libcurl.a: $(VENDOR)/key
	$(Q)vendor/build.sh $(VENDOR) host
	$(Q)touch $@
$(VENDOR)/host/libmbedtls.a $(VENDOR)/host/libmicrohttpd.a $(VENDOR)/host/libyaml.a: \
	$(VENDOR)/host/libcurl.a ;

$(O)/host/obj/%.o: src/%.c $(VENDOR)/key $(O)/host/flags
	$(note) HOSTCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -MMD -MP -c -o $@ $<

$(O)/host/obj/roots.o: $(VENDOR)/key src/net/roots.h $(O)/host/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -c -o $@ $(VENDOR)/roots.c

$(O)/host/libduplojit.a: $(HOST_OBJECTS)
	$(Q)rm -f $@
	$(Q)ar Drcs $@ $(HOST_OBJECTS)

$(O)/host/unit/%.o: tests/unit/%.c $(TEST_HEADERS) $(VENDOR)/key $(O)/host/flags | setup-unit
	$(note) HOSTCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -Itests/unit -MMD -MP -c -o $@ $<

$(O)/host/libunit.a: $(TEST_HELPERS:tests/unit/%.c=$(O)/host/unit/%.o)
	$(Q)rm -f $@
	$(Q)ar Drcs $@ $^

$(O)/host/%: tests/unit/%.c $(O)/host/libunit.a $(TEST_HEADERS) $(HOST_LIBRARIES) | setup-unit
	$(note) HOSTCC $<
	$(Q)$(CC) $(HOST_FLAGS) -Itests/unit -o $@ $< $(O)/host/libunit.a $(TEST_LINK) \
		-Wl,--start-group $(HOST_LIBRARIES) -Wl,--end-group -lcmocka -lpthread

# Lets allocations of the program and its libraries fail.
ALLOCATORS := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
$(O)/host/test_out_of_memory: TEST_LINK := $(ALLOCATORS)
$(O)/cover/test_out_of_memory: TEST_LINK := $(ALLOCATORS)

# Parts of the program with a pipe on either side: the editor of AWS files for test_ini_oracle.py,
# the choice of a browser for test_browser_oracle.py, queries and output formats for test_query.py
# and test_output.py, and the editor of kubeconfig files for test_kubeconfig_editor.py.
TOOLS := $(O)/host/ini_tool $(O)/host/browser_tool $(O)/host/value_tool \
	$(O)/host/kubeconfig_tool
$(TOOLS): $(O)/host/%: tests/e2e/%.c $(O)/host/libduplojit.a $(VENDOR)/host/libyaml.a
	$(note) HOSTCC $<
	$(Q)$(CC) $(HOST_FLAGS) -o $@ $^

# The whole tool with sanitizers: BIN=$(O)/duplojit-asan runs the end-to-end tests on it. It cannot
# look for leaks in its sandbox.
$(O)/duplojit-asan: $(O)/host/obj/main.o tests/fuzz/asan_options.c $(HOST_LIBRARIES)
	$(note) LINK $@
	$(Q)$(CC) $(HOST_FLAGS) -DNO_LEAKS -o $@ $< tests/fuzz/asan_options.c -Wl,--start-group \
		$(HOST_LIBRARIES) -Wl,--end-group -lpthread

asan: $(O)/duplojit-asan

# Fuzz targets. FUZZ_CC compiles src/ and the targets; the libraries are those of the unit tests.
# With gcc, replay.c runs a target on its seeds.
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_HELPERS := fuzz fake_portal raw_request asan_options
FUZZ_HEADERS := $(sort $(wildcard tests/fuzz/*.h))
FUZZ_CC = $(eval FUZZ_CC := $(shell vendor/clang.sh))$(FUZZ_CC)
FUZZ_FLAGS = $(filter-out $(WARNINGS),$(COMMON)) -Itests/fuzz -g -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJECTS := $(SOURCES:src/%.c=$(O)/fuzz/obj/%.o) $(O)/fuzz/obj/roots.o
FUZZ_LIBRARIES = $(filter-out $(O)/host/%,$(HOST_LIBRARIES))
FUZZ_S ?= 60
FUZZ ?= $(FUZZ_TARGETS:fuzz_%=%)

$(O)/fuzz/obj/%.o: src/%.c $(VENDOR)/key Makefile
	$(note) FUZZCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(O)/fuzz/obj/roots.o: $(VENDOR)/key src/net/roots.h Makefile
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -c -o $@ $(VENDOR)/roots.c

$(O)/fuzz/libduplojit.a: $(FUZZ_OBJECTS)
	$(Q)rm -f $@
	$(Q)ar Drcs $@ $(FUZZ_OBJECTS)

# fake_portal.c has an http_send of its own, so only the targets that need it get it.
fuzz_sources = $< tests/fuzz/fuzz.c tests/fuzz/raw_request.c tests/fuzz/asan_options.c \
	$(if $(findstring /fuzz_portal_,$<),tests/fuzz/fake_portal.c)

$(O)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_HELPERS:%=tests/fuzz/%.c) $(FUZZ_HEADERS) \
		$(O)/fuzz/libduplojit.a $(VENDOR)/host/libcurl.a
	$(note) FUZZCC $<
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(fuzz_sources) -Wl,--start-group \
		$(O)/fuzz/libduplojit.a $(FUZZ_LIBRARIES) -Wl,--end-group -lpthread

$(O)/host/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(FUZZ_HELPERS:%=tests/fuzz/%.c) \
		$(FUZZ_HEADERS) $(HOST_LIBRARIES)
	$(note) HOSTCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -Itests/fuzz -o $@ $(fuzz_sources) tests/fuzz/replay.c \
		-Wl,--start-group $(HOST_LIBRARIES) -Wl,--end-group -lpthread

run-fuzz: $(FUZZ_TARGETS:%=$(O)/fuzz/%)
	@O=$(O) tests/fuzz/run.sh $(FUZZ_S) $(FUZZ)

# The lines of src/ that the unit tests, the fuzz targets on their seeds and the end-to-end tests
# run. PROGRAM is the program for the C library of this machine.
COVER := $(O)/cover
COVER_PROFILES = $(abspath $(COVER))/profiles
# The counters are mapped from a file, so that execve and kill lose nothing. The name of the file is
# in the programs, because most tests start them with an empty environment.
COVER_FLAGS = $(filter-out $(WARNINGS),$(COMMON)) -g -O1 -fcoverage-mapping \
	-fprofile-instr-generate='$(COVER_PROFILES)/%4m%c.profraw' -mllvm -runtime-counter-relocation
COVER_OBJECTS := $(SOURCES:src/%.c=$(COVER)/obj/%.o) $(COVER)/obj/roots.o
COVER_LINK = -fsanitize=address,undefined -fprofile-instr-generate -Wl,--start-group \
	$(COVER)/libduplojit.a $(FUZZ_LIBRARIES) -Wl,--end-group -lpthread
COVER_OPTIONS := -DNO_LEAKS tests/fuzz/asan_options.c
COVER_TESTS := $(TESTS:tests/unit/%.c=$(COVER)/%) $(FUZZ_TARGETS:%=$(COVER)/%)

$(COVER)/obj/%.o: src/%.c $(VENDOR)/key Makefile
	$(note) COVCC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(COVER_FLAGS) -MMD -MP -c -o $@ $<

$(COVER)/obj/roots.o: $(VENDOR)/key src/net/roots.h Makefile
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(COVER_FLAGS) -c -o $@ $(VENDOR)/roots.c

$(COVER)/libduplojit.a: $(COVER_OBJECTS)
	$(Q)rm -f $@
	$(Q)ar Drcs $@ $(COVER_OBJECTS)

$(COVER)/test_%: tests/unit/test_%.c $(TEST_HELPERS) $(TEST_HEADERS) $(COVER)/libduplojit.a \
		$(VENDOR)/host/libcurl.a
	$(note) COVCC $<
	$(Q)$(FUZZ_CC) $(filter-out $(WARNINGS),$(COMMON)) -g -Itests/unit -o $@ $< $(TEST_HELPERS) \
		$(COVER_OPTIONS) $(TEST_LINK) $(COVER_LINK) -lcmocka

$(COVER)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(FUZZ_HELPERS:%=tests/fuzz/%.c) \
		$(FUZZ_HEADERS) $(COVER)/libduplojit.a $(VENDOR)/host/libcurl.a
	$(note) COVCC $<
	$(Q)$(FUZZ_CC) $(filter-out $(WARNINGS),$(COMMON)) -g -Itests/fuzz -DNO_LEAKS -o $@ \
		$(fuzz_sources) tests/fuzz/replay.c $(COVER_LINK)

$(COVER)/duplojit: $(COVER)/obj/main.o $(COVER)/libduplojit.a $(VENDOR)/host/libcurl.a
	$(note) LINK $@
	$(Q)$(FUZZ_CC) -o $@ $< $(COVER_OPTIONS) $(COVER_LINK)

COVERAGE_E2E ?= tests/e2e
run-coverage: $(COVER_TESTS) $(COVER)/duplojit $(O)/duplojit $(TOOLS) venv
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" O=$(O) CLANG=$(FUZZ_CC) \
		tests/coverage.sh '$(COVERAGE_E2E)' $(COVER_TESTS)

# The seeds of all fuzz targets, once, without clang.
test-replay: setup-build $(FUZZ_TARGETS:%=$(O)/host/fuzz/%)
	@O=$(O) tests/fuzz/replay.sh $(FUZZ_TARGETS)

# Set-up runs first and alone, so that one message names all missing packages.
test: setup-test
	@$(MAKE) --no-print-directory test-unit
	@$(MAKE) --no-print-directory test-replay
	@$(MAKE) --no-print-directory test-e2e

# The tests run in the top folder, because they open files as tests/unit/...
test-unit: setup-unit $(TEST_PROGRAMS)
	@rm -f $(O)/host/*.failed
	@$(MAKE) --no-print-directory -k -Otarget $(TESTS:tests/unit/%.c=run-%) || \
		{ cd $(O)/host && echo "unit tests failed:" *.failed; exit 1; }
	@echo "unit tests: $(words $(TEST_PROGRAMS)) programs passed"

# env undoes what nohup and background jobs do: they start programs with ignored signals.
$(TESTS:tests/unit/%.c=run-%): run-%: $(O)/host/%
	@echo "== $*"; env --default-signal $< || { touch $<.failed; exit 1; }

# Most tests wait for timers, so there are more workers than cores. A file or folder of tests in
# PYTEST_ARGS runs alone.
PYTEST_ARGS ?= -q -n 6 --dist worksteal -rfEs
# A test that hangs fails after so many seconds, and the others still run.
export PYTEST_ADDOPTS ?= -o faulthandler_timeout=1200 -o faulthandler_exit_on_timeout=true
test-e2e: setup-e2e $(O)/duplojit $(TOOLS) venv
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" BIN=$(abspath $(O)/duplojit) \
		$(O)/venv/bin/python -m pytest $(PYTEST_ARGS) \
		$(if $(findstring tests/,$(PYTEST_ARGS)),,tests/e2e tests/compat)

# In test-e2e the number of examples is 1,000.
test-examples:
	@QUERY_EXAMPLES=10000 $(MAKE) --no-print-directory test-e2e \
		PYTEST_ARGS='-q tests/e2e/test_query.py tests/e2e/test_output.py tests/e2e/test_json_oracle.py'

# Real AWS clients. The tests of a client that is not installed are skipped; the report names it.
test-sdk: setup-sdk
# A real Kubernetes API server and kubectl, built with Go. Without Go the tests are skipped by name.
test-k8s: setup-k8s
demo bench benchmarks lint fuzz coverage: %: setup-%
docs: setup-e2e
# strace makes system calls fail, and kills the program before each.
test-faults chaos: setup-e2e
test-sdk test-k8s test-faults chaos demo bench benchmarks docs lint fuzz \
	coverage:
	@$(MAKE) --no-print-directory run-$@

run-test-sdk: $(O)/duplojit venv
	$(Q)tests/sdk/prepare.sh $(O)/sdk
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" PYTHONPATH=tests/e2e:tests/sdk SDK=$(abspath $(O)/sdk) \
		BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python -m pytest -p conftest -p sdk_report \
		$(PYTEST_ARGS) --dist loadgroup tests/sdk

# Each worker has its own API server, which uses 300 MB.
run-test-k8s: $(O)/duplojit venv
	$(Q)tests/k8s/prepare.sh $(O)/k8s
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" PYTHONPATH=tests/e2e:tests/k8s K8S=$(abspath $(O)/k8s) \
		BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python -m pytest -p conftest -p k8s_fixtures \
		$(PYTEST_ARGS) -n 2 $(if $(findstring tests/,$(PYTEST_ARGS)),,tests/k8s)

# FAULTS=all injects every fault, FAULTS=N at most N for each operation.
FAULTS ?= 40
run-test-faults: $(O)/duplojit venv
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" PYTHONPATH=tests/e2e:tests/faults FAULTS='$(FAULTS)' \
		BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python -m pytest -p conftest -p faults_report \
		$(PYTEST_ARGS) -n 2 $(if $(findstring tests/,$(PYTEST_ARGS)),,tests/faults)

# From ten minutes on with 1,000 clients.
CHAOS_S ?= 600
CHAOS_CLIENTS ?= $(shell [ $(CHAOS_S) -ge 600 ] && echo 1000 || echo 150)
run-chaos: $(O)/duplojit venv
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" BIN=$(abspath $(O)/duplojit) \
		$(O)/venv/bin/python tests/chaos/chaos.py $(CHAOS_S) $(CHAOS_CLIENTS) $(CHAOS_SEED)

venv: | setup-python
	$(Q)vendor/venv.sh $(O)/venv tests/requirements.txt

# Uses the aws of the system if there is one, else the aws of the tests' Python.
run-demo: $(O)/duplojit
	$(Q)command -v aws >/dev/null || vendor/venv.sh $(O)/venv tests/requirements.txt
	@PATH="$$PATH:$(abspath $(O)/venv/bin)" BIN=$(abspath $(O)/duplojit) tests/demo.sh

run-bench: $(O)/duplojit venv
	@PYTHONPATH=tests BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python -m bench
run-benchmarks: $(O)/duplojit venv
	$(Q)tests/bench/prepare.sh $(O)/bench
	@PYTHONPATH=tests BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python -m bench --long
	@$(MAKE) --no-print-directory run-docs

# Documents that are made from the program and are committed; tests/e2e/test_documents.py compares.
run-docs: $(O)/duplojit venv
	@BIN=$(abspath $(O)/duplojit) $(O)/venv/bin/python tests/e2e/documents.py

run-lint: venv $(VENDOR)/key $(OBJECTS)
	@CC='$(CC)' O='$(O)' tests/lint.sh $(TARGET_FLAGS)

format: venv
	$(Q)find src tests/unit tests/fuzz -name '*.[ch]' | sort | xargs -r $(O)/venv/bin/clang-format -i

# The program writes its manual pages and completions. A build for another machine names a program
# that runs here:
# PROGRAM=build/duplojit.
PROGRAM ?= $(O)/duplojit

man: $(O)/man/duplojit.1
$(O)/man/duplojit.1: $(PROGRAM)
	$(note) MAN $(@D)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)for command in $$($< help | sed -n 's/^  \([a-z0-9-]*\) .*/\1/p'); do \
		$< help --man "$$command" >"$(@D)/duplojit-$$command.1" || exit 1; done
	$(Q)$< help --man >$@

completions: $(O)/completions/duplojit.bash
$(O)/completions/duplojit.bash: $(PROGRAM)
	$(note) COMPL $(@D)
	$(Q)mkdir -p $(@D)
	$(Q)$< completion zsh >$(@D)/_duplojit
	$(Q)$< completion fish >$(@D)/duplojit.fish
	$(Q)$< completion bash >$@

install: $(O)/duplojit man completions
	install -D -m 755 $(O)/duplojit '$(DESTDIR)$(PREFIX)/bin/duplojit'
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 644 $(O)/man/*.1 '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -D -m 644 $(O)/completions/duplojit.bash \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/duplojit'
	install -D -m 644 $(O)/completions/_duplojit \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_duplojit'
	install -D -m 644 $(O)/completions/duplojit.fish \
		'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/duplojit.fish'

clean:
	rm -rf $(O)/dist $(O)/obj $(O)/host $(O)/fuzz $(O)/cover $(O)/man $(O)/completions \
		$(O)/duplojit $(O)/duplojit.*

# clean keeps the libraries and what the tests install: they take minutes and change rarely.
distclean: clean
	rm -rf $(VENDOR) $(O)/venv $(O)/venv-dist $(O)/venv-compose $(O)/sdk $(O)/bench $(O)/k8s \
		$(O)/duplojit-vendor-sources.tar

# The folders docker/ and tests/ are not part of the build context of docker/Dockerfile.
-include docker/dist/dist.mk
-include tests/arm64/arm64.mk

FORCE:
.PHONY: all asan vendor vendor-bundle check-reproducible test test-unit test-replay test-e2e \
	test-examples test-sdk test-k8s test-faults chaos venv demo bench benchmarks docs lint fuzz \
	coverage run-test-sdk run-test-k8s run-test-faults run-chaos run-demo run-bench \
	run-benchmarks run-docs run-lint run-fuzz run-coverage format man completions install \
	clean distclean FORCE \
	$(TESTS:tests/unit/%.c=run-%)

-include $(OBJECTS:.o=.d) $(O)/obj/main.d $(HOST_OBJECTS:.o=.d) $(O)/host/obj/main.d \
	$(FUZZ_OBJECTS:.o=.d) $(COVER_OBJECTS:.o=.d) $(COVER)/obj/main.d \
	$(TEST_HELPERS:tests/unit/%.c=$(O)/host/unit/%.d)
