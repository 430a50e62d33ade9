#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Writes an ELF object as GNU assembler text: gas.pl OBJECT >TEXT. The bytes, symbols and relocations are the object's, so
# that a machine without the assembler that made it can make the same object. A comment above each function's bytes has
# its instructions.
use strict;
use warnings;

my $object = shift @ARGV or die "usage: gas.pl OBJECT\n";

sub lines {
    open my $pipe, '-|', @_, $object or die "$_[0]: $!\n";
    my @lines = <$pipe>;
    close $pipe or die "@_ failed\n";
    chomp @lines;
    return @lines;
}

my (@sections, %section);
for (lines('readelf', '-SW')) {
    next unless /^\s*\[\s*\d+\]\s+(\S+)\s+(\S+)\s+\S+\s+\S+\s+(\S+)\s+\S+\s+([A-Z]*)\s+\d+\s+\d+\s+(\d+)/;
    my ($name, $type, $size, $flags, $align) = ($1, $2, hex $3, $4, $5);
    next if $flags !~ /A/ || !$size;
    my $new = {name => $name, type => $type, flags => $flags, align => $align, bytes => '', symbols => {}, relocs => {}};
    push @sections, $section{$name} = $new;
}
my $current;
for (lines('objdump', '-s')) {
    $current = $section{$1} if /^Contents of section (\S+):/;
    next unless /^ ([0-9a-f]{4,}) ((?:[0-9a-f]{2,8} ){1,4})/ && $current;
    $current->{bytes} .= pack 'H*', $2 =~ s/ //gr;
}
continue { $current = undef if /^Contents of section (\S+):/ && !$section{$1} }

my %globals;
for (lines('objdump', '-t')) {
    next unless /^([0-9a-f]+) (.{7}) (\S+)\t([0-9a-f]+) (\.hidden )?(\S+)$/;
    my ($at, $kind, $in, $size, $hidden, $name) = (hex $1, $2, $3, hex $4, $5, $6);
    next if $kind =~ /[df]/ || !$section{$in} || $name =~ /^\./;
    my $is = $kind =~ /F/ ? 'function' : 'object';
    my $text = $kind =~ /^g/ ? "\t.globl $name\n" . ($hidden ? "\t.hidden $name\n" : '') : '';
    $text .= "\t.type $name, \@$is\n\t.size $name, $size\n" if $size;
    $section{$in}{symbols}{$at} .= "$text$name:\n";
}
for (lines('objdump', '-rw')) {
    $current = $section{$1} // '' if /^RELOCATION RECORDS FOR \[(.*)\]/;
    next unless $current && /^([0-9a-f]+)\s+(R_\S+)\s+(\S+?)([-+]0x[0-9a-f]+)?$/;
    $current->{relocs}{hex $1} = [$2, $3, $4 // ''];
}
my %code;
for (lines('objdump', '-dw', '--no-show-raw-insn', '-Mintel')) {
    $current = $1 if /^Disassembly of section (\S+):/;
    $code{$current}{hex $1} = $2 if /^\s+([0-9a-f]+):\s+(.*)/;
}

print "# The assembler sources of ffi_invoke as GNU assembler text, made by `make amalgamation` from an object of theirs.\n";
for my $section (@sections) {
    my $flags = join '', 'a', ($section->{flags} =~ /W/ ? 'w' : ()), ($section->{flags} =~ /X/ ? 'x' : ());
    my $type  = $section->{type} eq 'NOTE' ? 'note' : 'progbits';
    print qq(\n\t.section $section->{name},"$flags",\@$type\n\t.balign $section->{align}\n.Lgas$section->{name}:\n);
    my ($bytes, $code) = ($section->{bytes}, $code{$section->{name}} // {});
    my %stop = map { $_ => 1 } keys %{$section->{symbols}}, keys %$code, keys %{$section->{relocs}};
    my @stops = (sort({ $a <=> $b } grep { $_ < length $bytes } keys %stop), length $bytes);
    unshift @stops, 0 if $stops[0];
    for my $i (0 .. $#stops - 1) {
        my ($at, $end) = @stops[$i, $i + 1];
        print $section->{symbols}{$at} if $section->{symbols}{$at};
        if (my $reloc = $section->{relocs}{$at}) {
            my ($kind, $symbol, $addend) = @$reloc;
            $symbol = ".Lgas$symbol" if $section{$symbol};
            print "\t.reloc ., $kind, $symbol$addend\n";
        }
        for (my $from = $at; $from < $end; $from += 16) {
            my $part = substr $bytes, $from, $end - $from < 16 ? $end - $from : 16;
            my $row = "\t.byte " . join ',', map { sprintf '0x%02x', $_ } unpack 'C*', $part;
            print $row, $from == $at && $code->{$at} ? "\t# $code->{$at}" : '', "\n";
        }
    }
}
print qq(\n\t.section .note.GNU-stack,"",\@progbits\n);
