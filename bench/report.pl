#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
#     bench/report.pl FILE.json              prints the summary of a run: at most 25 rows (bench/summary.txt)
#     bench/report.pl --publish FILE.json    puts that table, with date and machine, and the pictures beside the file into
#                                            README.md, between its marks, and bench/figures
#
# A row is red on a terminal where a peer is faster. Its verdict is "unsure" where the processes of the run disagree so much
# that the ratio could be on either side.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Basename;
use File::Copy;
use Getopt::Long;
use Results;

my $publish;
GetOptions('publish' => \$publish) && @ARGV == 1 or die "usage: see $0\n";
my $results = load_results($ARGV[0]);
my $folder  = dirname($ARGV[0]);
my @rows    = summary_rows($results, "$FindBin::Bin/summary.txt");
my $machine = $results->{machine};

sub times_c { my ($row) = @_; return $row->{ratio} ? sprintf('%.2f', $row->{ratio}) : '' }
sub peer { my ($row) = @_; return $row ? number($row->{ns}) . " $row->{who}" : '' }

sub machine_sentence {
    my $rounds = $results->{rounds};
    my ($empty) = grep { $_->{who} eq 'empty turn of the loop' } @{ $results->{rows} };
    my $text = sprintf '%s, %d processors, load %s at the start, %s, %s; %d rounds, and %d dropped because something else used the core',
      @$machine{qw(processor processors load system compiler)}, $rounds->{kept} // 0, $rounds->{dropped} // 0;
    $text .= sprintf '; all times contain %s ns of the loop', number($empty->{ns}) if $empty && $empty->{ns};
    return "$text.";
}

sub peers_sentence {
    my @there = map { "$_->{name} ($_->{text})" } grep { $_->{there} } @{ $results->{peers} };
    my @not   = map { $_->{name} } grep { !$_->{there} } @{ $results->{peers} };
    return 'Peers: ' . join('; ', @there) . (@not ? '. Not here: ' . join(', ', @not) : '') . '.';
}

# Rows of the whole run in which a peer is faster than ffi_invoke.
sub behind_everywhere {
    my (%fastest, %ours);
    for my $row (@{ $results->{rows} }) {
        next unless $row->{ns} && $row->{group} =~ /^call/;
        my $place = join "\t", @$row{qw(link group what way)};
        $ours{$place} = $row if $row->{who} eq 'ffi_invoke';
        $fastest{ $row->{kind} }{$place} = $row
          if $row->{kind} ne 'ours' && (!$fastest{ $row->{kind} }{$place} || $fastest{ $row->{kind} }{$place}{ns} > $row->{ns});
    }
    my %behind = map {
        my $kind = $_;
        $kind => scalar grep { $fastest{$kind}{$_} && $fastest{$kind}{$_}{ns} < $ours{$_}{ns} } keys %ours
    } qw(library compiled);
    return sprintf 'Of all %d rows of calls and callbacks, a library is faster in %d, code compiled for the signature in %d.',
      scalar keys %ours, @behind{qw(library compiled)};
}

sub columns {
    my ($row) = @_;
    my ($ours, $c) = @$row{qw(ours c)};
    my $instructions = $ours->{instructions} ? sprintf('%.0f', $ours->{instructions}) : '';
    $instructions .= sprintf ' / %.0f', $c->{instructions} if $instructions ne '' && $c && $c->{instructions};
    return ($row->{label}, number($ours->{ns}), $c ? number($c->{ns}) : '', times_c($ours), $row->{target},
        join(', ', grep { $_ ne '' } $row->{verdict}, $row->{behind} && "behind $row->{behind}"), peer($row->{library}), peer($row->{compiled}), $instructions);
}

my @names = ('nanoseconds', 'ours', 'C', 'x C', 'target', '', 'best library', 'best compiled', 'instr. / C');

sub print_table {
    my $red = -t STDOUT;
    my $format = "%-34s %6s %6s %6s %6s %-23s %-23s %-15s %s\n";
    printf $format, @names;
    for my $row (@rows) {
        my $line = sprintf $format, columns($row);
        $line =~ s/\n$//;
        print $red && $row->{behind} ne '' ? "\e[31m$line\e[0m\n" : "$line\n";
    }
}

sub print_counts {
    print "TARGET=$results->{target}: instructions only; times under an emulator say nothing about a processor.\n";
    printf "%-44s %-8s %10s %10s\n", 'instructions of a call', '', 'ffi_invoke', 'C';
    for my $row (grep { $_->{who} eq 'ffi_invoke' && $_->{instructions} } @{ $results->{rows} }) {
        next if $row->{way} ne 'kept';
        my $c = find_row($results, %$row, who => 'C');
        printf "%-44s %-8s %10.0f %10.0f\n", $row->{what}, $row->{group} eq 'callbacks' ? 'callback' : '', $row->{instructions},
          $c ? $c->{instructions} : 0;
    }
}

# ---- README ----

sub readme_table {
    my @lines = ('| ' . join(' | ', 'nanoseconds', @names[ 1 .. 4 ], @names[ 6 .. 8 ]) . ' |', '|---' x 8 . '|');
    for my $row (@rows) {
        my @columns = columns($row);
        push @lines, '| ' . join(' | ', map { s/\|/\\|/gr } @columns[ 0 .. 4, 6 .. 8 ]) . ' |';
    }
    return join "\n", @lines;
}

sub publish {
    die "$ARGV[0]: a quick run's times mean nothing\n" if $results->{quick};
    my $root = "$FindBin::Bin/..";
    mkdir "$root/bench/figures";
    my @pictures = map { basename($_) } glob "$folder/*.svg";
    copy("$folder/$_", "$root/bench/figures/$_") or die "$_: $!\n" for @pictures;
    my $text = join "\n\n", "Measured on $results->{date}. " . machine_sentence() . ' ' . peers_sentence(), readme_table(),
      behind_everywhere(), map { my $name = s/\.svg$//r =~ s/-/ /gr; "![$name](bench/figures/$_)" } @pictures;
    open my $in, '<', "$root/README.md" or die "README.md: $!\n";
    my $readme = do { local $/; <$in> };
    $readme =~ s/(<!-- figures: make bench-publish -->\n).*?(<!-- end of figures -->)/$1$text\n$2/s
      or die "README.md: it has no marks for the figures\n";
    open my $out, '>', "$root/README.md" or die "README.md: $!\n";
    print $out $readme;
}

if ($publish) {
    publish();
} elsif (!grep { $_->{ns} } @{ $results->{rows} }) {
    print_counts();
} else {
    print "Quick: these times mean nothing.\n" if $results->{quick};
    print_table();
    my $unsure = grep { $_->{verdict} eq 'unsure' } @rows;
    my @forced = $results->{rounds}{forced} ? " $results->{rounds}{forced} rows were never undisturbed." : ();
    print "\n", machine_sentence(), "\n", peers_sentence(), "\n", behind_everywhere(), "\n";
    print "WARNING: $unsure rows are unsure: their processes disagree. Try again when the machine is quiet.@forced\n"
      if $unsure || @forced;
    print "Everything: $folder/bench.json, build/$results->{target}/bench.tsv; pictures: $folder/*.svg. $results->{seconds} s.\n";
}
