#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
#     bench/plot.pl FILE.json FOLDER
#
# Draws a run by gnuplot, as FOLDER/*.svg and *.png: bars of calls and callbacks beside the peers, and lines of what grows. The
# background is transparent, and every colour has enough contrast on white and on black.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Results;

@ARGV == 2 or die "usage: $0 FILE.json FOLDER\n";
my ($path, $folder) = @ARGV;
my $results = load_results($path);
my $grey    = '#8b949e';
my %colour  = (
    'C'                        => $grey,
    'ffi_invoke'               => '#2f81f7',
    'ffi_invoke_pointers'      => '#76a9fa',
    'ffi_callback'             => '#76a9fa',
    'switch'                   => '#57ab5a',
    'TinyCC'                   => '#39a0a8',
    'LuaJIT'                   => '#2ea043',
    'newest libffi, call plan' => '#d16d9e',
    'newest libffi'            => '#c93c8a',
    'libffi, call plan'        => '#f0883e',
    'libffi'                   => '#e5534b',
    'libffcall'                => '#c69026',
    'dyncall'                  => '#986ee2',
    'ffi_invoke, errno captured' => '#986ee2',
    map { $_ => '#2f81f7' } qw(ffi_callback_new ffi_function_new ffi_declare ffi_library_symbol),
);

if (system('command -v gnuplot >/dev/null 2>&1') != 0) {
    warn "no pictures: gnuplot is not installed\n";
    exit;
}

sub colour { my ($who) = @_; return $colour{$who} // $grey }

# gnuplot takes some characters for markup.
sub quoted {
    my ($text) = @_;
    $text =~ s/([{}_^@&~])/\\\\$1/g;
    return "\"$text\"";
}

sub draw {
    my ($name, $width, $height, $commands) = @_;
    for my $kind (['svg', 'svg dynamic'], ['png', 'pngcairo transparent']) {
        my ($suffix, $terminal) = @$kind;
        open my $gnuplot, '|-', 'gnuplot' or die "gnuplot: $!\n";
        print $gnuplot <<"END";
set terminal $terminal size $width,$height font "sans,11"
set output "$folder/$name.$suffix"
set border 3 linecolor rgb "$grey"
set tics nomirror textcolor rgb "$grey"
set grid ytics linecolor rgb "$grey" dashtype 3
set key textcolor rgb "$grey" outside top center horizontal
set title textcolor rgb "$grey"
set xlabel textcolor rgb "$grey"
set ylabel textcolor rgb "$grey"
$commands
END
        close $gnuplot or die "gnuplot failed at $name.$suffix\n";
    }
}

# ---- bars: what a call takes, one group of bars for each row ----

sub nanoseconds {
    my ($group, $what, $way, $who) = @_;
    my $row = find_row($results, link => 'static', group => $group, what => $what, way => $way, who => $who);
    return $row && $row->{ns};
}

# Rows: label, name and way.
sub bars {
    my ($name, $title, $group, $whose, @rows) = @_;
    @rows = grep { nanoseconds($group, @$_[ 1, 2 ], 'ffi_invoke') } @rows;
    my @who = grep {
        my $who = $_;
        grep { nanoseconds($group, @$_[ 1, 2 ], $who) } @rows
    } @$whose;
    return unless @rows;
    my $data = '';
    for my $row (@rows) {
        my ($label, @place) = @$row;
        $data .= join(' ', quoted($label), map { nanoseconds($group, @place, $_) // '?' } @who) . "\n";
    }
    my @plots;
    for my $i (0 .. $#who) {
        my $labels = $i ? '' : ':xtic(1)';
        push @plots, sprintf '$data using %d%s title %s linecolor rgb "%s"', $i + 2, $labels, quoted($who[$i]), colour($who[$i]);
    }
    draw($name, 1000, 460, <<"END");
set datafile missing "?"
\$data << EOD
${data}EOD
set title @{[ quoted($title) ]}
set style data histogram
set style histogram cluster gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set logscale y
set ylabel "nanoseconds"
set xtics rotate by -20
plot @{[ join ', ', @plots ]}
END
}

# ---- lines: what grows ----

sub lines {
    my ($name, $title, $what, $label) = @_;
    my (%points, @who);
    for my $row (@{ $results->{rows} }) {
        next unless $row->{link} eq 'static' && $row->{group} eq 'growth' && $row->{what} eq $what;
        push @who, $row->{who} unless $points{ $row->{who} };
        push @{ $points{ $row->{who} } }, "$row->{way} " . ($row->{value} // $row->{ns});
    }
    return unless @who;
    my $data  = join '', map { join("\n", quoted($_), @{ $points{$_} }) . "\n\n\n" } @who;
    my $style = 'using 1:2 with linespoints linewidth 2 pointtype 7';
    my @plots = map { sprintf '$data index %d %s linecolor rgb "%s" title %s', $_, $style, colour($who[$_]), quoted($who[$_]) } 0 .. $#who;
    my $scale = $what =~ /threads/ ? 'set xtics 1' : "set logscale x\nset format x \"10^{%T}\"";
    draw($name, 700, 380, <<"END");
\$data << EOD
${data}EOD
set title @{[ quoted($title) ]}
set xlabel @{[ quoted($label) ]}
set ylabel "nanoseconds each"
set yrange [0:*]
$scale
plot @{[ join ', ', @plots ]}
END
}

my @peers = ('C', 'ffi_invoke', 'ffi_invoke_pointers', 'switch', 'TinyCC', 'LuaJIT', 'newest libffi, call plan', 'newest libffi',
    'libffi, call plan', 'libffi', 'libffcall', 'dyncall');
sub kept { return map { [ $_, $_, 'kept' ] } @_ }
my @mixed = ('8 mixed', 'double(4 x (int, double))');
bars('calls', 'Calls with scalars', 'calls', \@peers, kept('void()'), [ '2 ints', 'int(2 x int)', 'kept' ],
    [ 'written before', 'int(2 x int)', 'written' ], [ 'chained', 'int(2 x int)', 'chained' ],
    [ '256 functions', 'int(2 x int)', '256 targets' ], [ @mixed, 'kept' ], [ '14 registers', 'double(6 x i64, 8 x double)', 'kept' ],
    [ '10 integers', 'i64(10 x i64)', 'kept' ]);
bars('records', 'Calls with records and wide numbers', 'calls', \@peers,
    kept('{int, int}', '{3 x float}', '{char[5]}', '{double, double}', '24 bytes', '64 bytes', '256 bytes', 'long double',
        'double _Complex', '__int128', '__m128', '__m256'));
bars('callbacks', 'Callbacks: native code calls a handler', 'callbacks', \@peers, kept('void()'), [ '2 ints', 'int(2 x int)', 'kept' ],
    [ @mixed, 'kept' ], kept('{int, int}', '{double, double}', '24 bytes', 'long double'));
lines('growth-callbacks', 'One more callback, made and called once', 'one more callback alive', 'callbacks alive');
lines('growth-functions', 'One more function bound', 'one more function bound', 'functions bound');
lines('growth-names', 'One more struct and function declared', 'one more struct and function declared', 'declared so far');
lines('growth-threads', 'A call by each of so many threads', 'a call by each of so many threads', 'threads');
