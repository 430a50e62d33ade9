#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Joins C files to one: amalgamate.pl FILE... >ffi_invoke.c. Each header of ours is pasted where it is first included;
# the public header stays an #include. Files of one system or processor are put under its condition. A name that two
# files define as static gets the file's path as a suffix, and a file's macros end with it.
use strict;
use warnings;

my @conditions = (
    [qr{os/win32}          => 'defined(_WIN32)'],
    [qr{os/macos}          => 'defined(__APPLE__)'],
    [qr{os/glibc}          => 'defined(__GLIBC__)'],
    [qr{os/musl}           => 'defined(__linux__) && !defined(__GLIBC__)'],
    [qr{os/linux}          => 'defined(__linux__)'],
    [qr{os/dlinfo}         => 'defined(__GLIBC__) || defined(__FreeBSD__)'],
    [qr{os/freebsd}        => 'defined(__FreeBSD__)'],
    [qr{os/posix}          => '!defined(_WIN32)'],
    [qr{os/elf}            => '!defined(_WIN32) && !defined(__APPLE__)'],
    [qr{x86_64/(stubs|entries)_win32} => 'defined(__x86_64__) && defined(_WIN32)'],
    [qr{x86_64/(stubs|entries)_posix} => 'defined(__x86_64__) && !defined(_WIN32)'],
    [qr{x86_64/(stubs|entries)}       => 'defined(__x86_64__)'],
    [qr{aarch64/(stubs|entries)}      => 'defined(__aarch64__)'],
    [qr{riscv64/(stubs|entries)}      => 'defined(__riscv) && __riscv_xlen == 64'],
);
@ARGV = ((grep { !/win32/ } @ARGV), (grep { /win32/ } @ARGV)); # windows.h defines many names, so it comes late
my @folders = (qw(src include arch), grep { -d } glob 'arch/*');

# Strings, comments and characters are kept as they are; the function sees the rest.
sub outside_literals {
    my ($text, $change) = @_;
    my $literal = qr{/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'}s;
    my $out = '';
    while ($text =~ /\G(.*?)($literal|\z)/gcs) {
        $out .= $change->($1) . $2;
        last if $2 eq '' && pos $text == length $text;
    }
    return $out;
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return <$file>;
}

# The names that each file gives to what it defines. Tags have a name space of their own: "struct " precedes them here.
my (%text, %definers);
for my $path (@ARGV, grep { !m{^src/(libffi|embed|debug|hosts)/} } glob 'src/*.h src/*/*.h arch/*.h arch/*/*.h') {
    my $code = $text{$path} = slurp($path);
    $code =~ s{/\*.*?\*/}{}gs;
    my @names = $code =~ /^(?:_Thread_local\s+)?static\s(?:[^;{}=(]|_Atomic\([^)]*\))*?\b(?!_Atomic)(\w+)\s*(?:\(|=|;|\[)/mg;
    push @names, $code =~ /^\}\s*(\w+)\s*(?:\[|=|;)/mg;
    push @names, $code =~ /^typedef\s[^;{]*?\b(\w+)(?:;|\()/mg;
    push @names, map { /(\w+)/g } map { s/=[^,]*//gr } $code =~ /^(?:typedef )?enum\s*\w*\s*\{([^}]*)\}/mg;
    push @names, map { "struct $_" } $code =~ /^(?:struct|union|enum)\s+(\w+)\s*\{/mg;
    push @names, $code =~ /\b(\w+)\(/g if $path =~ /\.h$/;
    $definers{$_}{$path} = 1 for grep { !/^_[A-Z]/ } @names;
}

# What the system's headers declare is defined once more; its names are others' in every file.
my @system = map { /^#include (<.*>)/mg } values %text;
my $cc = $ENV{CC} || 'cc';
my $list = join '', map { "#if __has_include($_)\n#include $_\n#endif\n" } sort keys %{{map { $_ => 1 } @system}};
my $declared = `printf '%s' '#define _GNU_SOURCE\n$list' | $cc -E -P -x c -`;
$definers{$_}{system} = 1 for grep { $definers{$_} } $declared =~ /\b(\w+)\s*\(/g;

my %included = map { $_ => 1 } glob 'include/*.h'; # these stay includes
my $guard = qr/^#ifndef (\w+_H)\n#define \1\n(.*)^#endif\n*\z/ms;

sub paste { # text, folder of its file
    my ($text, $folder) = @_;
    $text =~ s{^#include "(.*)"\n}{
        my $name = $1;
        my ($path) = grep { -e } map { "$_/$name" } $folder, @folders;
        die "no $name\n" unless $path;
        1 while $path =~ s{[^/.]+/\.\./}{}; # a/../b is b
        $included{$path}++ ? '' : do {
            my $header = $text{$path};
            (my $at = $path) =~ s{/[^/]*$}{};
            $header =~ s/$guard/$2/;
            my ($when) = map { $_->[1] } grep { $path =~ $_->[0] } @conditions;
            my $before = ''; # what a header with a condition includes, others may include too
            $header =~ s{^#include ".*"\n}{$before .= paste($&, $at); ''}gem if $when;
            my $pasted = "\n/* ---- $path ---- */\n\n" . paste($header, $at);
            $when ? "$before#if $when\n$pasted#endif\n" : $pasted;
        }
    }gem;
    return $text;
}

my $version = slurp('include/ffi_invoke.h') =~ /VERSION_MAJOR (\d+)/ ? $1 : '?';
print <<"END";
/* SPDX-License-Identifier: MIT */
/*
 * ffi_invoke in one file, made by `make amalgamation` from its sources. Compile it as C11 with the public header beside
 * it, and link it with the assembler file of the target.
 */
#define _GNU_SOURCE
#define _WIN32_WINNT 0x0602
#define WIN32_LEAN_AND_MEAN
#define __USE_MINGW_ANSI_STDIO 1
#if defined(__GNUC__) && !defined(_WIN32)
#define FFI_INVOKE_API __attribute__((visibility("default")))
#endif
#include "ffi_invoke.h"
#include <limits.h>
END

# Headers of the system come first: what they declare is not hidden.
my %included_once;
for my $path (grep { !/win32/ } sort keys %text) {
    my ($when) = map { $_->[1] } grep { $path =~ $_->[0] } @conditions;
    my $lines = join '', grep { !$included_once{($when // '') . $_}++ } $text{$path} =~ /^#include <.*\n/mg;
    $text{$path} =~ s/^(#include <.*|extern char \*\*environ;)\n//mg;
    print $when ? "#if $when\n$lines#endif\n" : $lines if $lines;
}
print <<'END';
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wformat-truncation" /* messages are cut on purpose */
#endif
#if defined(__GNUC__) && !defined(_WIN32)
extern char **environ;
#pragma GCC visibility push(hidden)
#endif
END

# Headers of the library first, so that no condition and no renaming meets them.
my $bodies = '';
for my $path (@ARGV) {
    my $text = $text{$path};
    (my $suffix = $path) =~ s{^(src|arch)/|\.c$}{}g;
    $suffix =~ tr{/}{_};
    (my $folder = $path) =~ s{/[^/]*$}{};
    my @headers;
    $text =~ s{^#include "(.*\.h)"\n}{push @headers, $1; ''}gem;
    $text =~ s{^#include "(.*)"\n}{"#line 1\n" . slurp("src/$1")}gem; # a list, where it stands; it may number its lines
    my ($when) = map { $_->[1] } grep { $path =~ $_->[0] } @conditions;
    for my $name (@headers) {
        print paste("#include \"$name\"\n", $folder);
    }
    my @again = grep { $definers{$_}{$path} && keys %{$definers{$_}} > 1 } keys %definers;
    my $tags  = join '|', map { /^struct (.*)/ ? $1 : () } @again;
    my $names = join '|', grep { !/ / } @again;
    $text = outside_literals($text, sub {
        my ($code) = @_;
        $code =~ s/\b((?:struct|union|enum)\s+(?:$tags))\b/$1_in_$suffix/g if $tags;
        $code =~ s/(?<![.\w])(?<!->)(?<!struct )(?<!union )(?<!enum )($names)\b/$1_in_$suffix/g if $names;
        return $code;
    });
    $text =~ s{^#define (_GNU_SOURCE|_WIN32_WINNT|WIN32_LEAN_AND_MEAN).*\n}{}gm;
    my @macros = $text =~ /^\s*#\s*define (\w+)/mg;
    $text .= join '', map { "#undef $_\n" } @macros;
    $bodies .= "\n/* ---- $path ---- */\n\n" . ($when ? "#if $when\n$text#endif\n" : $text);
}
print $bodies;
