#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
#     bench/compare.pl BASE.json NEW.json
#
# Prints the rows of ours that became slower or faster than in BASE, and fails if one became slower. Instructions count first:
# 5 % and two more are a change. Where they were not counted, nanoseconds do, relative to C's of the same run: 15 % more than
# both runs' spread.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Results;

@ARGV == 2 or die "usage: $0 BASE.json NEW.json\n";
my ($base, $new) = map { load_results($_) } @ARGV;
my ($same, $slower, $faster) = (0, 0, 0);

# -1, 0, 1: less, as much, more; and what is told about it. Nothing where the two cannot be compared.
sub change {
    my ($old, $now) = @_;
    if ($old->{instructions} && $now->{instructions}) {
        my ($x, $y) = ($old->{instructions}, $now->{instructions});
        my $change = $y > $x * 1.05 + 2 ? 1 : $x > $y * 1.05 + 2 ? -1 : 0;
        return ($change, sprintf '%.0f instructions, %.0f before', $y, $x);
    }
    if ($old->{ratio} && $now->{ratio}) {
        my $change =
            $now->{ratio_low} > 1.15 * $old->{ratio_high} ? 1
          : $old->{ratio_low} > 1.15 * $now->{ratio_high} ? -1
          :                                                 0;
        return ($change, sprintf '%.2f x %s, %.2f before', $now->{ratio}, $now->{base}, $old->{ratio});
    }
    if ($old->{value} && $now->{value} && $now->{unit} ne 'ns') {
        my $change = $now->{value} > 1.05 * $old->{value} ? 1 : $old->{value} > 1.05 * $now->{value} ? -1 : 0;
        return ($change, "$now->{value} $now->{unit}, $old->{value} before");
    }
    return;
}

for my $row (@{ $new->{rows} }) {
    next if $row->{kind} ne 'ours' || $row->{who} eq 'C';
    my $old = $base->{index}{ row_key($row) } or next;
    my ($change, $text) = change($old, $row) or next;
    $same++ unless $change;
    next unless $change;
    $slower++ if $change > 0;
    $faster++ if $change < 0;
    printf "%-6s %s: %s\n", $change > 0 ? 'slower' : 'faster', join(', ', grep { $_ ne '' } @$row{qw(link group what way who)}), $text;
}
die "the two runs have no row in common\n" unless $same + $slower + $faster;
printf "%d rows as before, %d faster, %d slower\n", $same, $faster, $slower;
exit($slower ? 1 : 0);
