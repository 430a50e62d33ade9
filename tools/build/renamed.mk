# SPDX-License-Identifier: MIT
#
# Part of the Makefile: a static library where hidden names cannot be made local, of PE and of Mach-O. Every name that the
# headers do not declare gets a prefix: an embedder may call its own functions as we call ours. UNDERSCORE is what the
# names of C begin with in objects.

# What the headers declare is exported, and nothing else.
$B/exports: $(HEADERS)
	sed -n 's/^FFI_INVOKE_API .*[ *]\(ffi_[a-z_0-9]*\)(.*/$(UNDERSCORE)\1/p' $^ >$@

$B/libffi_invoke.a: $(OBJECTS) $(EMBED) $B/exports
	rm -rf $@ $B/renamed
	$(NM) --defined-only --extern-only -f posix $(OBJECTS) $(EMBED) | awk 'NF > 1 { print $$1 }' | sort -u | \
	    grep -vxFf $B/exports | sed 's/.*/& ffi_invoke.&/' >$B/renames
	for object in $(OBJECTS) $(EMBED); do \
	    mkdir -p $B/renamed/$${object%/*} && $(OBJCOPY) --redefine-syms=$B/renames $$object $B/renamed/$$object || exit; \
	done
	$(AR) rcsP $@ $(patsubst %,$B/renamed/%,$(OBJECTS) $(EMBED))
