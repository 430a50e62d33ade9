#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Joins assembler files to one. NASM's, preprocessed for an output format: amalgamate_asm.pl FORMAT FILE.asm... Those of
# GNU as, with what they include, for the C compiler's driver: amalgamate_asm.pl FILE.S...
# $NASM is the program, $NASMFLAGS its options.
use strict;
use warnings;

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return <$file>;
}

my $format = $ARGV[0] =~ /\./ ? undef : shift;
my $mark   = $format ? ';' : '//';
print "$mark SPDX-License-Identifier: MIT\n$mark The assembler part of ffi_invoke in one file, made by `make amalgamation` from its sources.\n";
for my $path (@ARGV) {
    (my $suffix = $path) =~ s{.*/|\.\w+$}{}g;
    print "\n$mark ---- $path ----\n\n";
    if ($format) { # labels that NASM makes, and the one of the unwind data, are those of one file
        my $nasm = $ENV{NASM} || 'nasm';
        my $text = `$nasm -E -f $format $ENV{NASMFLAGS} $path`;
        die "$nasm failed\n" if $?;
        $text =~ s/^%line.*\n//gm;
        $text =~ s/\.\.\@(\d+)\./..\@${suffix}_$1./g;
        $text =~ s/\bunwind_cie\b/unwind_cie_$suffix/g;
        $text =~ s/\n{3,}/\n\n/g;
        print $text;
    } else { # macros too
        (my $folder = $path) =~ s{/[^/]*$}{};
        my $text = slurp($path);
        1 while $text =~ s{^#include "(.*)"\n}{slurp("$folder/$1")}gem;
        my @macros  = $text =~ /^\s*\.macro\s+(\w+)/mg;
        my @defines = $text =~ /^#\s*define\s+(\w+)/mg;
        my %seen;
        print $text, map({ "#undef $_\n" } grep { !$seen{$_}++ } @defines),
            map { "    .purgem $_\n" } grep { !$seen{".$_"}++ } @macros;
    }
}
