# SPDX-License-Identifier: MIT
#
# A run's results: statistics over rounds, the file that keeps them, and the rows of the summary.
package Results;
use strict;
use warnings;
use JSON::PP;
use Exporter 'import';
our @EXPORT = qw(median quantile load_results save_results row_key find_row summary_rows judge read_fields number);

sub quantile {
    my ($part, @values) = @_;
    @values = sort { $a <=> $b } @values;
    return @values ? $values[int($part * $#values + 0.5)] : undef;
}

sub median { return quantile(0.5, @_) }

sub load_results {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    my $results = eval { JSON::PP->new->decode(<$file>) };
    die "$path: it is no JSON of make bench\n" unless ref $results eq 'HASH' && ref $results->{rows} eq 'ARRAY';
    $results->{index} = { map { row_key($_) => $_ } @{ $results->{rows} } };
    return $results;
}

sub save_results {
    my ($path, $results) = @_;
    my %kept = %$results;
    delete $kept{index};
    open my $file, '>', $path or die "$path: $!\n";
    print $file JSON::PP->new->canonical->pretty->indent_length(1)->encode(\%kept);
    close $file or die "$path: $!\n";
}

sub row_key {
    my ($row) = @_;
    return join "\t", map { $row->{$_} // '' } qw(link group what way who);
}

sub find_row {
    my ($results, %row) = @_;
    return $results->{index}{ row_key(\%row) };
}

# The lines of a text file in columns that | separates, without comments.
sub read_fields {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    my @lines;
    while (<$file>) {
        chomp;
        next if /^\s*(#|$)/;
        push @lines, [ map { s/^\s+|\s+$//gr } split /\|/, $_, -1 ];
    }
    return @lines;
}

# ---- the summary ----

# Rows with: label, target; ours, c and the best peer of each kind, as rows of the results.
sub summary_rows {
    my ($results, $path) = @_;
    my @rows;
    for my $fields (read_fields($path)) {
        my ($label, $group, $what, $way, $who, $target) = @$fields;
        my %at   = (link => 'static', group => $group, what => $what, way => $way);
        my $ours = find_row($results, %at, who => $who) or next;
        my %row  = (label => $label, target => $target, ours => $ours, c => find_row($results, %at, who => 'C'));
        for my $kind (qw(library compiled)) {
            my @peers = grep {
                     $_->{kind} eq $kind && $_->{ns} && $_->{link} eq 'static' && $_->{group} eq $group && $_->{what} eq $what
                  && $_->{way} eq $way
            } @{ $results->{rows} };
            ($row{$kind}) = sort { $a->{ns} <=> $b->{ns} } @peers;
        }
        push @rows, { %row, judge(%row) };
    }
    return @rows;
}

# verdict: met, missed, or unsure where the processes disagree; behind: the peer that is faster.
sub judge {
    my (%row) = @_;
    my ($ours, $c) = @row{qw(ours c)};
    my %is = (verdict => '', behind => '');
    if ($row{target} =~ /^\+(.*)/ && $c) {
        $is{verdict} = $ours->{ns} - $c->{ns} <= $1 ? 'met' : 'missed';
    } elsif ($row{target} ne '' && $ours->{ratio}) {
        $is{verdict} = $ours->{ratio} <= $row{target} ? 'met' : 'missed';
        $is{verdict} = 'unsure' if $ours->{ratio_low} <= $row{target} && $ours->{ratio_high} > $row{target} && wide($ours);
    }
    for my $peer (grep { $_ } @row{qw(library compiled)}) {
        next if $peer->{ns} >= $ours->{ns};
        $is{behind} = $peer->{who};
        $is{verdict} = 'unsure' if wide($ours) && $peer->{ns} > 0.9 * $ours->{ns};
    }
    return %is;
}

# Whether the processes differ so much that a verdict would be luck.
sub wide {
    my ($row) = @_;
    return $row->{ratio} && $row->{ratio_high} - $row->{ratio_low} > 0.15 * $row->{ratio};
}

# Three digits.
sub number {
    my ($value) = @_;
    return '' unless defined $value;
    return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

1;
