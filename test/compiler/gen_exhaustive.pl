#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Functions in the form of gen_values.c's, but systematic: gen_exhaustive.pl FIRST COUNT FOLDER writes values.h, values.c and
# extras for functions number FIRST to FIRST + COUNT - 1 of all; without arguments it prints how many there are.
#
# The first ones have integers of one width and reals of one width: up to six integers, then up to eight reals; the reals
# first; as many of each in turn, from an integer or from a real. Then come lists of one scalar type, also with stack
# words, one, two and three of each record and of each odd type, few scalars beside records of one scalar, and odd types of 16
# bytes beside others, and records whose members lie apart, beside scalars. gen_exhaustive.pl --lists prints how many these are.
#
# In all others a parameter is an int, a float, a double, a pointer or a record of one to three of these (84 records). There
# are one parameter behind each prefix that fills registers; each pair; and each row of three scalars or records of two
# members. Pairs and rows stand behind the prefixes in turn. The result has the last parameter's type.
use strict;
use warnings;

my @scalars = ('int', 'float', 'double', 'void *');
my @pairs   = map { my $a = $_; map { [$a, $_] } @scalars } @scalars;
my @triples = map { my $p = $_; map { [@$p, $_] } @scalars } @pairs;
my @records = ((map { [$_] } @scalars), @pairs, @triples);
my @few     = (@scalars, map { "r$_" } 4 .. 19);
my %odd     = ((map { ("bytes$_" => "struct { char m[$_]; }") } 1 .. 8),
    (map { ("words$_" => "struct { long m[$_]; }") } 2 .. 9),
    (map { ("vectors$_" => "struct { float __attribute__((vector_size(16))) m[$_]; }", "extendeds$_" => "struct { long double m[$_]; }") } 2 .. 4),
    (map { ("apart$_" => "struct { float a; float __attribute__((aligned($_))) b; }", "parted$_" => "struct { float a; int __attribute__((aligned($_))) b; }",
        "split$_" => "struct { double a; float __attribute__((aligned($_))) b; }") } 8, 16, 32),
    wide => '__int128', vector => 'float __attribute__((vector_size(16)))', extended => 'long double');
my @kinds   = (@scalars, map { "r$_" } 0 .. $#records);
my @prefixes = ([], [('int') x 7], [('int') x 8], [('double') x 7], [('double') x 8], [('int') x 6, ('double') x 7]);

# Each row of so many numbers from 0 to 3.
sub rows {
    my ($count) = @_;
    return $count ? map { my $row = $_; map { [@$row, $_] } 0 .. 3 } rows($count - 1) : [];
}

my @lists;
for my $integer ('int', 'void *') {
    for my $real ('float', 'double') {
        for my $g (1 .. 6) {
            push @lists, map { [($integer) x $g, ($real) x $_], [($real) x $_, ($integer) x $g] } 1 .. 8;
            push @lists, [($integer, $real) x $g], [($real, $integer) x $g];
        }
    }
}

for my $integer ('signed char', 'unsigned char', 'short', 'unsigned short', 'int', 'void *') {
    push @lists, map { [($integer) x $_] } 1 .. 6;
}
push @lists, map { [('float') x $_], [('double') x $_] } 1 .. 8;
# With stack words of one type, and with another one among them.
push @lists, map { [('void *') x ($_ + 1)], [('void *') x $_, 'int'] } 6 .. 15; # received[] has room for 16
push @lists, map { [('double') x $_], [('double') x $_, 'float'] } 9 .. 13;
for my $type ((map { "r$_" } 0 .. $#records), sort keys %odd) {
    push @lists, map { [($type) x $_] } 1 .. 3;
}
# Two and three integers, in registers 3 and 4, too, two reals, in registers 2 and 3, too, each 8 bytes or 4, a scalar or a record.
for my $words (rows(2), rows(3)) {
    my @integers = map { ('void *', 'int', 'r3', 'r0')[$_] } @$words;
    my @reals    = map { ('double', 'float', 'r2', 'r1')[$_] } @$words;
    push @lists, [@integers], [@reals];
    push @lists, ['int', 'void *', 'r3', @integers], ['float', 'r2', @reals], ['int', @reals] if @$words == 2;
}
# What may need whole vector registers, beside records of floats and doubles, on the stack, with a result in memory.
for my $whole ('vector', 'vectors2', 'extended', 'extendeds2') {
    push @lists, ['int', $whole, 'r41', 'r14', $whole], [$whole, 'r9', 'r41'], ['float', $whole, 'r14'], [$whole, 'double', 'words4'],
        [('double') x 5, $whole, 'int', $whole, 'float'], [('double') x 8, 'int', $whole];
}
push @lists, [$_, 'double'], [$_, 'int', $_, 'void *'] for grep { /^(apart|parted|split)/ } sort keys %odd;

my $singles = @kinds * @prefixes;
my $twos    = @kinds * @kinds;
my $all     = @lists + $singles + $twos + @few ** 3;

sub parameters {
    my ($number) = @_;
    return @{$lists[$number]} if $number < @lists;
    $number -= @lists;
    if ($number < $singles) {
        return (@{$prefixes[$number % @prefixes]}, $kinds[$number / @prefixes]);
    }
    my $prefix = $prefixes[$number % @prefixes];
    if (($number -= $singles) < $twos) {
        return (@$prefix, $kinds[$number / @kinds], $kinds[$number % @kinds]);
    }
    $number -= $twos;
    return (@$prefix, map { $few[$number / @few ** $_ % @few] } 2, 1, 0);
}

print("$all\n"), exit unless @ARGV;
print(@lists + 0, "\n"), exit if $ARGV[0] eq '--lists';
my ($first, $count, $folder) = @ARGV;
my ($header, $code) = ('', <<'END');
#include "values.h"
void *memcpy(void *, const void *, __SIZE_TYPE__);
_Alignas(64) unsigned char received[16][65536], reply[65536];
END
for my $record (0 .. $#records) {
    my @types = @{$records[$record]};
    $header .= "typedef struct { " . join('', map { "$types[$_] m$_; " } 0 .. $#types) . "} r$record;\n";
}
$header .= join '', map { "typedef $odd{$_} $_;\n" } sort keys %odd;
for my $i (0 .. $count - 1) {
    last if $first + $i >= $all;
    my @types  = parameters($first + $i);
    my $result = $types[-1];
    my $list   = join ', ', map { "$types[$_] a$_" } 0 .. $#types;
    $header .= "$result f$i($list);\n";
    $code   .= "$result f$i($list) {\n" . join('', map { "    memcpy(received[$_], &a$_, sizeof a$_);\n" } 0 .. $#types) .
        "    $result result;\n    memcpy(&result, reply, sizeof result);\n    return result;\n}\n" .
        "void c$i(__typeof__(f$i) *code) {\n    *($result *)reply = code(" .
        join(', ', map { "*($types[$_] *)received[$_]" } 0 .. $#types) . ");\n}\n";
}
for (['values.h', $header], ['values.c', $code], ['extras', '']) {
    open my $file, '>', "$folder/$$_[0]" or die "$folder/$$_[0]: $!\n";
    print $file $$_[1];
}
