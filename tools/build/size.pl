#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# What each room of the library takes in linked files: size.pl NAME=MAP..., the linker's maps. Prints a table in bytes,
# from sections: code, constants, tables that the loader relocates, unwind tables; apart from them zeroed memory, which no
# file holds. Merged strings count for the room whose file is the first to have one.
use strict;
use warnings;

my (@names, %bytes, %zeroed);
for (@ARGV) {
    my ($name, $path) = /^(.*?)=(.*)$/ or die "usage: size.pl NAME=MAP...\n";
    push @names, $name;
    open my $map, '<', $path or die "$path: $!\n";
    my ($in_map, $section);
    while (<$map>) {
        $in_map ||= /^Linker script and memory map/;
        next unless $in_map;
        if (/^ (\.\S+)$/) { $section = $1; next }
        my ($where, $size, $file) = /^ (\.\S+)?\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+)$/ or next;
        $section = $where if $where;
        next unless $section =~ /^\.(text|trampolines|rodata|data|eh_frame|bss|tbss|tdata)\b/;
        my ($room) = $file =~ m{\b(src/[a-z]+/|src/|arch/|test/)[^/].*\.o$} or next;
        $room = $file =~ /\.(asm|S)\.o$/ ? 'arch, stubs' : 'arch, classification' if $room eq 'arch/';
        next if $room eq 'test/';
        ($1 =~ /bss/ ? \%zeroed : \%bytes)->{$room}{$name} += hex $size if $section =~ /^\.(\w+)/;
    }
}

sub line { printf "%-22s" . " %16s" x @names . "\n", @_ }
sub total { my ($of, $name) = @_; my $sum = 0; $sum += $_->{$name} // 0 for values %$of; return $sum }

my %all = (%bytes, %zeroed);
line('bytes of', @names);
for my $room (sort { total({ a => $bytes{$b} // {} }, $names[-1]) <=> total({ a => $bytes{$a} // {} }, $names[-1]) || $a cmp $b } keys %all) {
    line($room, map { $bytes{$room}{$_} // '-' } @names);
}
line('all rooms', map { total(\%bytes, $_) } @names);
line('zeroed memory', map { total(\%zeroed, $_) } @names);
